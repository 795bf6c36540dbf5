// Which field of a JSON text is to blame for its not being the message: the path that a refusal names. Pure.
import { type DescMessage, fromJson, type JsonReadOptions, type JsonValue } from '@bufbuild/protobuf'
import type { Violation } from '../errors.ts'
import { shorten } from './invalid.ts'

/** Messages in messages that are looked into. */
const deepest = 12
/** Characters of a text that is looked into: each level costs reading it once more. */
const longest = 256 * 1024

/** What a failure says, without what its path says already. */
export function sayOf(failure: unknown): string {
  if (failure instanceof RangeError) return 'is nested too deeply'
  const message = failure instanceof Error ? failure.message : String(failure)
  return shorten(message.replace(/^cannot (?:decode|encode) .*? (?:from|to) JSON: /, ''))
}

/** The violation that `failure` is, with the path to its field. */
export function blame(
  desc: DescMessage,
  text: string,
  options: Partial<JsonReadOptions>,
  failure: unknown,
): Violation {
  const json = text.length > longest ? undefined : parse(text)
  if (json === undefined && text.length <= longest)
    return { field: '', rule: 'json', message: `is no JSON: ${sayOf(failure)}` }
  const { field, isUnknown } = locate(desc, json, options, 0)
  if (isUnknown)
    return {
      field,
      rule: 'unknown-field',
      message: `${desc.typeName} has no such field; take it out, or add it to the schema`,
    }
  return { field, rule: 'json', message: sayOf(failure) }
}

const parse = (text: string): JsonValue | undefined => {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

type Located = { readonly field: string; readonly isUnknown: boolean }

const here: Located = { field: '', isUnknown: false }

const within = (name: string, { field, isUnknown }: Located): Located => ({
  field: field === '' ? name : field.startsWith('[') ? `${name}${field}` : `${name}.${field}`,
  isUnknown,
})

/** The first member that cannot be read by itself, and what in it cannot. */
function locate(
  desc: DescMessage,
  json: JsonValue | undefined,
  options: Partial<JsonReadOptions>,
  depth: number,
): Located {
  if (depth > deepest || !isObject(json) || isWellKnown(desc)) return here
  for (const [key, value] of Object.entries(json)) {
    if (reads(desc, one(key, value), options)) continue
    const field = desc.fields.find(({ name, jsonName }) => name === key || jsonName === key)
    if (field === undefined) return { field: key, isUnknown: true }
    const inside = (part: JsonValue): Located =>
      field.message === undefined ? here : locate(field.message, part, options, depth + 1)
    if (field.fieldKind === 'message') return within(field.name, inside(value))
    if (field.fieldKind === 'list' && Array.isArray(value)) {
      const at = value.findIndex((each) => !reads(desc, one(key, [each]), options))
      const item = value[at]
      return within(field.name, item === undefined ? here : within(`[${at}]`, inside(item)))
    }
    if (field.fieldKind === 'map' && isObject(value)) {
      const entry = Object.entries(value).find(
        ([name, each]) => !reads(desc, one(key, one(name, each)), options),
      )
      return within(
        field.name,
        entry === undefined ? here : within(`[${JSON.stringify(entry[0])}]`, inside(entry[1])),
      )
    }
    return { field: field.name, isUnknown: false }
  }
  return here
}

/** An object with one member, whatever that is called. */
const one = (name: string, value: JsonValue): JsonValue => Object.fromEntries([[name, value]])

const isObject = (json: JsonValue | undefined): json is { readonly [name: string]: JsonValue } =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

const isWellKnown = ({ typeName }: DescMessage): boolean => typeName.startsWith('google.protobuf.')

const reads = (desc: DescMessage, json: JsonValue, options: Partial<JsonReadOptions>): boolean => {
  try {
    fromJson(desc, json, options)
    return true
  } catch {
    return false
  }
}
