// What stands in a message read from protobuf and cannot be shown as JSON, or is not of its schema. Found by a walk, made once for each message. Pure.
import { type DescField, type DescMessage, type Message, type Registry, toJson } from '@bufbuild/protobuf'
import { sayOf } from './blame.ts'

/** One thing that is not as it should be. `unknown-field` is told last: anything else is worse. */
export type Odd = { readonly field: string; readonly rule: string; readonly message: string }

type Find = (message: Message, path: string) => Odd | undefined
/** Local values of messages: those of fields and of well-known types are as the runtime keeps them. */
type Values = Readonly<Record<string, unknown>>
type Shell = { find: Find | undefined }

const google = 'google.protobuf.'
const wrapper = /^google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/
const firstSecond = -62_135_596_800n
const lastSecond = 253_402_300_799n
const longestDuration = 315_576_000_000n
const nanosOfSecond = 1_000_000_000

/** Undefined where nothing in such a message can be odd. */
export function finderOf(desc: DescMessage, registry: Registry): Find | undefined {
  return compile(desc, registry, new Map()).find
}

function compile(desc: DescMessage, registry: Registry, known: Map<DescMessage, Shell>): Shell {
  const found = known.get(desc)
  if (found !== undefined) return found
  const shell: Shell = { find: undefined }
  known.set(desc, shell)
  const ownKind = wellKnown(desc, registry)
  if (ownKind !== undefined) {
    shell.find = ownKind
    return shell
  }
  const inside = desc.fields.flatMap((field) =>
    field.message === undefined || isUnwrapped(field)
      ? []
      : [{ field, of: compile(field.message, registry, known) }],
  )
  shell.find = (message, path) => {
    let unknown = unknownOf(message, path)
    for (const { field, of } of inside) {
      const odd = of.find && inField(field, of.find, message, path)
      if (odd !== undefined && odd.rule !== 'unknown-field') return odd
      unknown ??= odd
    }
    return unknown
  }
  return shell
}

/** The runtime keeps a wrapper as what it wraps, in which nothing can be odd. */
const isUnwrapped = ({ fieldKind, oneof, message }: DescField): boolean =>
  fieldKind === 'message' && oneof === undefined && wrapper.test(message?.typeName ?? '')

/** And a Struct as the JSON it is, but for numbers that JSON does not have. */
const structFind = (value: unknown, field: string): Odd | undefined =>
  isFinite(value) ? undefined : unsayable(field, 'has a number that JSON does not have')

function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isFinite)
}

const unknownOf = ({ $unknown }: Message, path: string): Odd | undefined => {
  const [first] = $unknown ?? []
  return first && { field: path, rule: 'unknown-field', message: `has no field with the number ${first.no}` }
}

function inField(field: DescField, find: Find, message: Message, path: string): Odd | undefined {
  const { oneof, localName, name } = field
  const value = oneof === undefined ? (message as unknown as Values)[localName] : inOneof(message, field)
  if (value === undefined || value === null) return undefined
  const at = path === '' ? name : `${path}.${name}`
  if (field.fieldKind === 'message') return find(value as Message, at)
  if (field.fieldKind === 'list')
    return first((value as Message[]).entries(), find, (index) => `${at}[${index}]`)
  return first(
    Object.entries(value as Record<string, Message>),
    find,
    (key) => `${at}[${JSON.stringify(key)}]`,
  )
}

function first<K>(
  values: Iterable<readonly [K, Message]>,
  find: Find,
  pathOf: (key: K) => string,
): Odd | undefined {
  let unknown: Odd | undefined
  for (const [key, value] of values) {
    const odd = find(value, '')
    if (odd === undefined) continue
    const at = pathOf(key)
    const placed = { ...odd, field: odd.field === '' ? at : `${at}.${odd.field}` }
    if (odd.rule !== 'unknown-field') return placed
    unknown ??= placed
  }
  return unknown
}

function inOneof(message: Message, { oneof, localName }: DescField): unknown {
  const chosen = (message as unknown as Values)[oneof?.localName ?? ''] as
    | { case?: string; value?: unknown }
    | undefined
  return chosen?.case === localName ? chosen.value : undefined
}

function wellKnown(desc: DescMessage, registry: Registry): Find | undefined {
  switch (desc.typeName) {
    case `${google}Timestamp`:
      return (message, field) =>
        isTime(message as unknown as Parts)
          ? unknownOf(message, field)
          : unsayable(field, 'is before the year 1 or after 9999')
    case `${google}Duration`:
      return (message, field) =>
        isDuration(message as unknown as Parts)
          ? unknownOf(message, field)
          : unsayable(field, 'is no duration of 10,000 years at most')
    case `${google}Struct`:
      return structFind
    case `${google}Any`:
    case `${google}FieldMask`:
    case `${google}Value`:
    case `${google}ListValue`:
      // Seldom enough to be tried as it is.
      return (message, field) => {
        try {
          JSON.stringify(toJson(desc, message, { registry }))
          return unknownOf(message, field)
        } catch (failure) {
          return unsayable(field, sayOf(failure))
        }
      }
    default:
      return undefined
  }
}

const unsayable = (field: string, message: string): Odd => ({ field, rule: 'json', message })

type Parts = { readonly seconds: bigint; readonly nanos: number }

const isTime = ({ seconds, nanos }: Parts): boolean =>
  seconds >= firstSecond && seconds <= lastSecond && nanos >= 0 && nanos < nanosOfSecond

const isDuration = ({ seconds, nanos }: Parts): boolean =>
  seconds >= -longestDuration &&
  seconds <= longestDuration &&
  Math.abs(nanos) < nanosOfSecond &&
  (seconds === 0n || nanos === 0 || seconds < 0n === nanos < 0)
