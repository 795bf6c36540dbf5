// The rules of a field as words of JSON Schema, as far as that has words for them. Pure.
import { type DescField, getOption, hasOption, type JsonObject, toJson } from '@bufbuild/protobuf'
import { FieldRulesSchema, field as ruleOption } from '#messages/buf/validate/validate_pb.ts'

/** A schema of draft 7. */
export type JsonSchema = { readonly [keyword: string]: unknown }

type Rules = Readonly<Record<string, unknown>>

const asRules = (value: unknown): Rules =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Rules) : {}

/** The rules as an object with only what is set: `{string: {minLen: "1"}, required: true}`. */
export const rulesOf = (field: DescField): Rules =>
  hasOption(field, ruleOption) ? (toJson(FieldRulesSchema, getOption(field, ruleOption)) as JsonObject) : {}

const formats: Readonly<Record<string, string>> = {
  email: 'email',
  hostname: 'hostname',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  uri: 'uri',
  uriRef: 'uri-reference',
  uuid: 'uuid',
}

const present = (entries: Readonly<Record<string, unknown>>): JsonSchema =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))

/** 64-bit numbers are texts in JSON. */
const count = (value: unknown): number | undefined => (value === undefined ? undefined : Number(value))

const forString = (rules: Rules): JsonSchema =>
  present({
    minLength: count(rules.len ?? rules.minLen),
    maxLength: count(rules.len ?? rules.maxLen),
    pattern: rules.pattern,
    const: rules.const,
    enum: rules.in,
    format: Object.keys(formats)
      .filter((name) => rules[name] === true)
      .map((name) => formats[name])[0],
  })

const forNumber = (rules: Rules): JsonSchema =>
  present({
    minimum: rules.gte,
    maximum: rules.lte,
    exclusiveMinimum: rules.gt,
    exclusiveMaximum: rules.lt,
    const: rules.const,
    enum: rules.in,
  })

const smallNumbers = ['int32', 'uint32', 'sint32', 'fixed32', 'sfixed32', 'float', 'double']

/** What rules say of one value: of a field, of an item of a list, of a value of a map. */
export function valueKeywords(rules: Rules): JsonSchema {
  if (rules.string !== undefined) return forString(asRules(rules.string))
  const number = smallNumbers.find((name) => rules[name] !== undefined)
  return number === undefined ? {} : forNumber(asRules(rules[number]))
}

/** What rules say of a list as a whole. */
export function listKeywords(rules: Rules): JsonSchema {
  const { minItems, maxItems, unique } = asRules(rules.repeated)
  return present({ minItems: count(minItems), maxItems: count(maxItems), uniqueItems: unique })
}

/** And of a map. */
export function mapKeywords(rules: Rules): JsonSchema {
  const { minPairs, maxPairs } = asRules(rules.map)
  return present({ minProperties: count(minPairs), maxProperties: count(maxPairs) })
}

/** The rules of the items of a list, or of the values of a map. */
export const itemRules = (rules: Rules): Rules =>
  asRules(rules.repeated === undefined ? asRules(rules.map).values : asRules(rules.repeated).items)

/** Whether an absent field breaks a rule. */
export function isRequired(rules: Rules, hasPresence: boolean): boolean {
  if (rules.required === true) return true
  if (hasPresence || rules.ignore !== undefined) return false
  const least = [asRules(rules.string).minLen, asRules(rules.string).len, asRules(rules.repeated).minItems]
  return least.some((value) => Number(value ?? 0) > 0)
}

/** Whether only values that the enum lists may be sent. */
export const isClosed = (rules: Rules): boolean => asRules(rules.enum).definedOnly === true
