// JSON Schema of protobuf messages, as ProtoJSON writes them. Pure.
import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'
import {
  isClosed,
  isRequired,
  itemRules,
  type JsonSchema,
  listKeywords,
  mapKeywords,
  rulesOf,
  valueKeywords,
} from './rules.ts'
import { scalars, wellKnown } from './well-known.ts'

/** Where the schema of a message stands in the document. */
export const schemaRef = (message: string): JsonSchema => ({ $ref: `#/components/schemas/${message}` })

type Rules = ReturnType<typeof rulesOf>

const scalarName = (scalar: ScalarType): string => ScalarType[scalar].toLowerCase()

/** Names are what is written; numbers are read as well. */
function ofEnum({ typeName, values }: DescEnum, rules: Rules): JsonSchema {
  if (typeName === 'google.protobuf.NullValue') return { type: 'null' }
  const names = values.map(({ name }) => name)
  const numbers = values.map(({ number }) => number)
  return isClosed(rules)
    ? { enum: [...names, ...numbers] }
    : { anyOf: [{ type: 'string', enum: names }, { type: 'integer' }] }
}

function ofValue(field: DescField, rules: Rules): JsonSchema {
  const { message } = field
  if (message !== undefined) return wellKnown[message.typeName] ?? schemaRef(message.typeName)
  if (field.enum !== undefined) return ofEnum(field.enum, rules)
  const scalar = field.scalar === undefined ? {} : scalars[scalarName(field.scalar)]
  return { ...scalar, ...valueKeywords(rules) }
}

/** Keys of a map are texts in JSON, whatever they are in protobuf. */
const keyNames = (key: ScalarType): JsonSchema =>
  key === ScalarType.STRING
    ? {}
    : { propertyNames: key === ScalarType.BOOL ? { enum: ['true', 'false'] } : { pattern: '^-?[0-9]+$' } }

function ofField(field: DescField): JsonSchema {
  const rules = rulesOf(field)
  if (field.fieldKind === 'list')
    return { type: 'array', items: ofValue(field, itemRules(rules)), ...listKeywords(rules) }
  if (field.fieldKind === 'map') {
    const values = ofValue(field, itemRules(rules))
    return { type: 'object', additionalProperties: values, ...keyNames(field.mapKey), ...mapKeywords(rules) }
  }
  return ofValue(field, rules)
}

const hasPresence = ({ fieldKind, presence }: DescField): boolean =>
  fieldKind !== 'list' && fieldKind !== 'map' && presence !== FeatureSet_FieldPresence.IMPLICIT

/** At most one field of a oneof may be there: no two of them are. */
function exclusions({ oneofs }: DescMessage): readonly JsonSchema[] {
  return oneofs.flatMap(({ fields }) =>
    fields.flatMap((one, at) =>
      fields.slice(at + 1).map((other) => ({ required: [one.jsonName, other.jsonName] })),
    ),
  )
}

/** One message; others that are in it are named, see `schemaRef`. */
export function messageSchema(desc: DescMessage): JsonSchema {
  const required = desc.fields
    .filter((field) => isRequired(rulesOf(field), hasPresence(field)))
    .map(({ jsonName }) => jsonName)
  const excluded = exclusions(desc)
  return {
    type: 'object',
    properties: Object.fromEntries(desc.fields.map((field) => [field.jsonName, ofField(field)])),
    ...(required.length === 0 ? {} : { required }),
    ...(excluded.length === 0 ? {} : { not: { anyOf: excluded } }),
    ...(desc.proto.options?.deprecated ? { deprecated: true } : {}),
  }
}

/** The messages and all that are in them, by full name. */
export function messageSchemas(descs: Iterable<DescMessage>): ReadonlyMap<string, JsonSchema> {
  const schemas = new Map<string, JsonSchema>()
  const left = [...descs]
  for (let desc = left.pop(); desc !== undefined; desc = left.pop()) {
    if (schemas.has(desc.typeName)) continue
    schemas.set(desc.typeName, wellKnown[desc.typeName] ?? messageSchema(desc))
    for (const { message } of desc.fields)
      if (message !== undefined && wellKnown[message.typeName] === undefined) left.push(message)
  }
  return new Map([...schemas].toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
