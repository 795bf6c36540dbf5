// The rules for the fields of client frames, shared by every encoding: each takes any value and gives back a right one.
import { idPattern } from './frames.ts'

/** The first thing found wrong with a frame. Reading goes on after it, so that reading a frame is a straight list. */
export type Faults = { first?: string }

export type Fields = { readonly [name: string]: unknown }

const fail = (faults: Faults, field: string, expected: string): undefined => {
  faults.first ??= `${field}: expected ${expected}`
  return undefined
}

/** ProtoJSON: a null says the same as leaving the field out. */
export const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const printableAscii = /^[ -~]*$/
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

/** No control characters, line or paragraph separators, nor halves of surrogate pairs. */
const isPrintable = (text: string): boolean => printableAscii.test(text) || !unprintable.test(text)

/** A string must be there. The stand-in is never seen: a frame with a fault is not used. */
export const required = (faults: Faults, field: string, value: string | undefined): string => {
  if (value === undefined) faults.first ??= `${field}: is required`
  return value ?? ''
}

/** Text for people or for names: 1 to `max` characters (UTF-16 units), printable. */
export const text = (faults: Faults, field: string, value: unknown, max: number): string | undefined => {
  if (isAbsent(value)) return undefined
  if (typeof value === 'string' && value !== '' && value.length <= max && isPrintable(value)) return value
  return fail(faults, field, `1 to ${max} printable characters`)
}

export const id = (faults: Faults, value: unknown): string | undefined => {
  if (isAbsent(value)) return undefined
  if (typeof value === 'string' && idPattern.test(value)) return value
  return fail(faults, 'id', '1 to 64 of the characters A-Z a-z 0-9 . _ ~ -')
}

const visibleAscii = /^[!-~]+$/

/** Something opaque that someone else made (a token, a position): up to `max` visible ASCII characters. */
export const opaque = (faults: Faults, field: string, value: unknown, max: number): string | undefined => {
  if (isAbsent(value)) return undefined
  if (typeof value === 'string' && value.length <= max && visibleAscii.test(value)) return value
  return fail(faults, field, `1 to ${max} visible ASCII characters`)
}

export const maxTokenLength = 16_384
export const maxPositionLength = 128
const maxKeyBytes = 512

export const key = (faults: Faults, value: unknown): string | undefined => {
  const checked = text(faults, 'key', value, maxKeyBytes)
  // A UTF-16 unit is three bytes of UTF-8 at most, so short keys need no counting.
  if (checked === undefined || checked.length * 3 <= maxKeyBytes) return checked
  if (Buffer.byteLength(checked) <= maxKeyBytes) return checked
  return fail(faults, 'key', `at most ${maxKeyBytes} bytes`)
}

export const bool = (faults: Faults, field: string, value: unknown): boolean | undefined => {
  if (isAbsent(value) || typeof value === 'boolean') return value ?? undefined
  return fail(faults, field, 'true or false')
}

export const integer = (
  faults: Faults,
  field: string,
  value: unknown,
  min: number,
  max: number,
): number | undefined => {
  if (isAbsent(value)) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  return fail(faults, field, `an integer from ${min} to ${max}`)
}

const maxUint64 = 2n ** 64n - 1n
const decimal = /^[0-9]{1,20}$/

/** A count of 64 bits: a bigint from protobuf; decimal digits or a safe integer from JSON. */
export const sequence = (faults: Faults, value: unknown): bigint | undefined => {
  if (isAbsent(value)) return undefined
  const readable =
    typeof value === 'bigint' ||
    (typeof value === 'string' && decimal.test(value)) ||
    (typeof value === 'number' && Number.isSafeInteger(value))
  const count = readable ? BigInt(value) : -1n
  if (count >= 0n && count <= maxUint64) return count
  return fail(faults, 'sequence', 'decimal digits up to 18446744073709551615')
}

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

export const trace = (faults: Faults, value: unknown): string | undefined => {
  if (isAbsent(value)) return undefined
  if (typeof value === 'string' && traceparent.test(value)) return value
  return fail(faults, 'trace', 'a traceparent such as 00-<32 hex digits>-<16 hex digits>-01')
}

const mediaType = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:[ \t]*;[ -~]{0,200})?$/
const cloudEvents = /^application\/cloudevents/i

/** A media type. The structured forms of CloudEvents are refused: a client could speak as the gateway with them. */
export const contentType = (faults: Faults, value: unknown): string | undefined => {
  if (isAbsent(value)) return undefined
  if (typeof value !== 'string' || !mediaType.test(value)) {
    return fail(faults, 'contentType', 'a media type such as application/json')
  }
  if (cloudEvents.test(value)) return fail(faults, 'contentType', 'anything but application/cloudevents')
  return value
}

const headerName = /^x-[a-z0-9-]{1,62}$/i
const maxHeaders = 16
const maxHeaderBytes = 1024

const isHeaderValue = (value: unknown): value is string =>
  typeof value === 'string' &&
  isPrintable(value) &&
  (value.length * 3 <= maxHeaderBytes || Buffer.byteLength(value) <= maxHeaderBytes)

/** Application headers; names come back in lower case. None at all is the same as absent. */
export const headers = (faults: Faults, value: unknown): Record<string, string> | undefined => {
  if (isAbsent(value)) return undefined
  if (!isObject(value)) return fail(faults, 'headers', 'an object of strings')
  const names = Object.keys(value)
  if (names.length === 0) return undefined
  if (names.length > maxHeaders) return fail(faults, 'headers', `at most ${maxHeaders} names`)
  const checked: Record<string, string> = {}
  for (const name of names) {
    if (!headerName.test(name)) return fail(faults, 'headers', 'names of x- and 1 to 62 of a-z 0-9 -')
    const lower = name.toLowerCase()
    if (Object.hasOwn(checked, lower)) return fail(faults, 'headers', 'each name once')
    const given = value[name]
    if (!isHeaderValue(given)) {
      return fail(faults, `headers.${lower}`, `a string of at most ${maxHeaderBytes} bytes, printable`)
    }
    checked[lower] = given
  }
  return checked
}

const maxResumedChannels = 1_000

/** Positions by channel name. The object itself is given back: JSON made it, so a name such as `__proto__` is its own. */
export const channelPositions = (faults: Faults, value: unknown): Record<string, string> | undefined => {
  if (isAbsent(value)) return undefined
  if (!isObject(value)) return fail(faults, 'resume.channels', 'an object of positions')
  const names = Object.keys(value)
  if (names.length > maxResumedChannels)
    return fail(faults, 'resume.channels', `at most ${maxResumedChannels}`)
  for (const name of names) {
    text(faults, 'resume.channels', name, 256)
    required(faults, 'resume.channels', opaque(faults, 'resume.channels', value[name], maxPositionLength))
  }
  return names.length === 0 ? undefined : (value as Record<string, string>)
}
