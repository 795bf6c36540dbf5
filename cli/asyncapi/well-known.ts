// The messages of google.protobuf whose JSON is not that of other messages. Pure.
import type { JsonSchema } from './rules.ts'

const int64: JsonSchema = { type: ['string', 'integer'], format: 'int64', pattern: '^-?[0-9]+$' }
const uint64: JsonSchema = { type: ['string', 'integer'], format: 'uint64', pattern: '^[0-9]+$' }
const decimal: JsonSchema = { oneOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] }
const bytes: JsonSchema = { type: 'string', contentEncoding: 'base64' }
const int32: JsonSchema = { type: 'integer', format: 'int32', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }
const uint32: JsonSchema = { type: 'integer', format: 'uint32', minimum: 0, maximum: 2 ** 32 - 1 }

/** By the name of the scalar in a .proto. */
export const scalars: Readonly<Record<string, JsonSchema>> = {
  double: decimal,
  float: decimal,
  int64,
  sint64: int64,
  sfixed64: int64,
  uint64,
  fixed64: uint64,
  int32,
  sint32: int32,
  sfixed32: int32,
  uint32,
  fixed32: uint32,
  bool: { type: 'boolean' },
  string: { type: 'string' },
  bytes,
}

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })
const google = 'google.protobuf.'

/** By full name; any other message is an object with its fields. */
export const wellKnown: Readonly<Record<string, JsonSchema>> = {
  [`${google}Timestamp`]: { type: 'string', format: 'date-time' },
  [`${google}Duration`]: { type: 'string', pattern: String.raw`^-?[0-9]+(\.[0-9]{1,9})?s$` },
  [`${google}FieldMask`]: { type: 'string' },
  [`${google}Struct`]: { type: 'object' },
  [`${google}Value`]: {},
  [`${google}ListValue`]: { type: 'array' },
  [`${google}Empty`]: { type: 'object' },
  [`${google}Any`]: { type: 'object', properties: { '@type': { type: 'string' } }, required: ['@type'] },
  [`${google}DoubleValue`]: orNull(decimal),
  [`${google}FloatValue`]: orNull(decimal),
  [`${google}Int64Value`]: orNull(int64),
  [`${google}UInt64Value`]: orNull(uint64),
  [`${google}Int32Value`]: orNull(int32),
  [`${google}UInt32Value`]: orNull(uint32),
  [`${google}BoolValue`]: orNull({ type: 'boolean' }),
  [`${google}StringValue`]: orNull({ type: 'string' }),
  [`${google}BytesValue`]: orNull(bytes),
}
