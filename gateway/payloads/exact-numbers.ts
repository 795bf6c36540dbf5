// Whole numbers of JSON that JavaScript would round, kept for the fields of 64 bits that can hold them. Pure.
import {
  type DescField,
  type DescMessage,
  type JsonValue,
  type Registry,
  ScalarType,
} from '@bufbuild/protobuf'

/** As JSON.parse gives it, but with bigints for numbers that it would round. */
type Exact = JsonValue | bigint | readonly Exact[] | { readonly [name: string]: Exact }

/** A number as long as that, which is no part of a text in most cases. */
const suspicious = /(?:^|[:,[])\s*-?\d{16}/
const wholeNumber = /^-?\d+$/

const wide: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
])

const keep = (_name: string, value: unknown, { source = '' }: { readonly source?: string } = {}): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && wholeNumber.test(source)
    ? BigInt(source)
    : value

/** The JSON with such numbers written as text where a field can hold them; undefined where there can be none. */
export function exactNumbers(desc: DescMessage, text: string, registry: Registry): JsonValue | undefined {
  return suspicious.test(text) ? inMessage(desc, JSON.parse(text, keep) as Exact, registry) : undefined
}

const isObject = (value: Exact): value is { readonly [name: string]: Exact } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const mapped = (
  values: { readonly [name: string]: Exact },
  to: (value: Exact, name: string) => JsonValue,
): JsonValue => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value, name)]))

/** As JavaScript has numbers: where no field of 64 bits is, nothing else is meant. */
function rounded(value: Exact): JsonValue {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return (value as readonly Exact[]).map(rounded)
  return isObject(value) ? mapped(value, rounded) : (value as JsonValue)
}

function inMessage(desc: DescMessage, value: Exact, registry: Registry): JsonValue {
  const { typeName, fields } = desc
  const [only] = fields
  if (/^google\.protobuf\.U?Int64Value$/.test(typeName) && only !== undefined)
    return inOne(only, value, registry)
  if (!isObject(value)) return rounded(value)
  if (typeName === 'google.protobuf.Any') return inAny(value, registry)
  if (typeName.startsWith('google.protobuf.')) return rounded(value)
  return mapped(value, (each, key) => {
    const field = fields.find(({ name, jsonName }) => name === key || jsonName === key)
    return field === undefined ? rounded(each) : inField(field, each, registry)
  })
}

function inAny(value: { readonly [name: string]: Exact }, registry: Registry): JsonValue {
  const url = value['@type']
  const desc = typeof url === 'string' ? registry.getMessage(url.slice(url.lastIndexOf('/') + 1)) : undefined
  if (desc === undefined || desc.typeName.startsWith('google.protobuf.')) return rounded(value)
  return inMessage(desc, value, registry)
}

function inField(field: DescField, value: Exact, registry: Registry): JsonValue {
  const one = (each: Exact): JsonValue => inOne(field, each, registry)
  if (field.fieldKind === 'list' && Array.isArray(value)) return (value as readonly Exact[]).map(one)
  return field.fieldKind === 'map' && isObject(value) ? mapped(value, one) : one(value)
}

function inOne(field: DescField, value: Exact, registry: Registry): JsonValue {
  if (field.message !== undefined) return inMessage(field.message, value, registry)
  return typeof value === 'bigint' && field.scalar !== undefined && wide.has(field.scalar)
    ? String(value)
    : rounded(value)
}
