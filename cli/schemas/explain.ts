// Says of each break what it does to whom, and what to do instead: buf's rules in sentences. Pure.
import type { BufFinding } from './buf.ts'

/**
 * What a break reaches: `bytes` that were written before or by others are misread, and their JSON too; only their
 * `json` is; only `code` that is generated from it no longer compiles.
 */
export type Reach = 'bytes' | 'json' | 'code'

export type Explanation = { readonly why: string; readonly instead: string }

const keepField = 'leave the field as it is, mark it `[deprecated = true]`, and add another with a new number'
const keepName = 'take the old name back; how it is to be read can stand in its comment'
const keepValue = 'leave the value and mark it `[deprecated = true]`'
const keepMessage =
  'leave it with `option deprecated = true;` until nobody sends it, or put a new version into a package v2'
const keepFile = 'leave the file where it is; a new version belongs into a new package such as chat.v2'
const keepOption = 'take the option back as it was'

const misread = 'what was sent or stored before is misread or refused'

/** By rule: why it breaks something, and the way that breaks nothing. */
const known: Readonly<Record<string, Explanation>> = {
  FIELD_SAME_TYPE: { why: `a field of another type: ${misread}`, instead: keepField },
  FIELD_SAME_CARDINALITY: {
    why: 'one value, an optional one and a list are not the same to who reads it',
    instead: keepField,
  },
  FIELD_SAME_NAME: {
    why: 'JSON goes by names, and those who write the old one are refused',
    instead: keepName,
  },
  FIELD_SAME_JSON_NAME: {
    why: 'JSON goes by this name, and those who write the old one are refused',
    instead: keepName,
  },
  FIELD_SAME_ONEOF: {
    why: 'in a oneof each value takes the place of the others, so one of two that were sent is lost',
    instead: 'leave the field where it is, and add a oneof with new fields',
  },
  FIELD_SAME_DEFAULT: { why: 'an absent field now means something else', instead: keepField },
  FIELD_NO_DELETE: {
    why: 'those who still send the field are refused, or what it says is lost, and its number may be taken again for something else',
    instead: 'leave the field and mark it `[deprecated = true]`',
  },
  ENUM_VALUE_NO_DELETE: {
    why: 'those who still send the value are refused or not understood',
    instead: keepValue,
  },
  ENUM_VALUE_SAME_NAME: {
    why: 'JSON goes by names of values, and those who write the old one are refused',
    instead: keepName,
  },
  ENUM_SAME_TYPE: {
    why: 'values that are not listed are no longer treated alike',
    instead: 'take the syntax back',
  },
  ONEOF_NO_DELETE: {
    why: 'code that asks which of its fields is set no longer compiles',
    instead: 'leave the oneof',
  },
  MESSAGE_SAME_REQUIRED_FIELDS: {
    why: 'a required field that is absent makes the whole message unreadable',
    instead:
      'ask for it by a rule (`(buf.validate.field).required = true`), and only of a new field that everybody sends',
  },
  MESSAGE_NO_DELETE: { why: 'whoever sends or reads it has nothing left to go by', instead: keepMessage },
  ENUM_NO_DELETE: { why: 'whoever sends or reads it has nothing left to go by', instead: keepMessage },
  EXTENSION_NO_DELETE: {
    why: 'what was written with it is no longer understood',
    instead: 'leave the extension',
  },
  EXTENSION_MESSAGE_NO_DELETE: {
    why: 'extensions with these numbers no longer fit',
    instead: 'leave the range of extensions',
  },
  FILE_NO_DELETE: { why: 'all that is in it is gone for who imports it', instead: keepFile },
  FILE_SAME_PACKAGE: {
    why: 'every message of the file has another full name, so nothing that names one finds it',
    instead: keepFile,
  },
  FILE_SAME_SYNTAX: { why: 'what is absent, packed or checked may differ', instead: 'take the syntax back' },
  RESERVED_MESSAGE_NO_DELETE: {
    why: 'a number or name that was kept back could be used again, and then means two things',
    instead: 'leave the reservation',
  },
  RESERVED_ENUM_NO_DELETE: {
    why: 'a number or name that was kept back could be used again, and then means two things',
    instead: 'leave the reservation',
  },
  ENUM_SAME_JSON_FORMAT: { why: 'its JSON is no longer promised', instead: keepOption },
  MESSAGE_SAME_JSON_FORMAT: { why: 'its JSON is no longer promised', instead: keepOption },
  SERVICE_NO_DELETE: { why: 'code that calls it no longer compiles', instead: 'leave the service' },
  RPC_NO_DELETE: { why: 'code that calls it no longer compiles', instead: 'leave the rpc' },
}

/** Rules whose breach bytes feel, by the name of their family. */
const ofBytes: ReadonlySet<string> = new Set([
  'FIELD_SAME_DEFAULT',
  'FIELD_SAME_ONEOF',
  'FILE_SAME_PACKAGE',
  'MESSAGE_SAME_REQUIRED_FIELDS',
  'RESERVED_ENUM_NO_DELETE',
  'RESERVED_MESSAGE_NO_DELETE',
  'RPC_SAME_CLIENT_STREAMING',
  'RPC_SAME_IDEMPOTENCY_LEVEL',
  'RPC_SAME_REQUEST_TYPE',
  'RPC_SAME_RESPONSE_TYPE',
  'RPC_SAME_SERVER_STREAMING',
  'ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED',
  'FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED',
  'FIELD_WIRE_COMPATIBLE_CARDINALITY',
  'FIELD_WIRE_COMPATIBLE_TYPE',
])

/** To buf a matter of code alone, but a payload is found by the name of its message. */
const ofNames: ReadonlySet<string> = new Set(['MESSAGE_NO_DELETE', 'ENUM_NO_DELETE', 'FILE_NO_DELETE'])

export const isOfBytes = (rule: string): boolean => ofBytes.has(rule)

/** The rule that people break: several of buf's ask the same thing, each more strictly. */
export const familyOf = (rule: string): string =>
  rule.replace(/_UNLESS_.*$/, '').replace(/WIRE_(JSON_)?COMPATIBLE_/, 'SAME_')

export const explain = (rule: string): Explanation =>
  known[rule] ??
  (/^FILE_SAME_|^FIELD_SAME_/.test(rule)
    ? { why: 'code that is generated from it changes its names or its behaviour', instead: keepOption }
    : {
        why: 'who knows the schema as it was may no longer agree with it',
        instead: 'take it back as it was',
      })

/** What a finding is about: two with one subject are one break. */
export const subjectOf = ({ path, message }: Pick<BufFinding, 'path' | 'message'>): string =>
  [path, /"([^"]*)"/.exec(message)?.[1], / on (?:message|enum) "([^"]*)"/.exec(message)?.[1]].join('|')

/** `strict` is what buf finds when asked about bytes and JSON alone. */
export function reachOf(finding: BufFinding, strict: readonly BufFinding[]): Reach {
  if (ofNames.has(finding.rule)) return 'bytes'
  const same = strict.filter(
    (each) => familyOf(each.rule) === finding.rule && subjectOf(each) === subjectOf(finding),
  )
  if (same.some(({ rule }) => isOfBytes(rule))) return 'bytes'
  return same.length > 0 ? 'json' : 'code'
}
