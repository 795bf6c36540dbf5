// MessagePack and JSON as each other: what one can say and the other cannot is refused, or stays the bytes it is.
import { isUtf8 } from 'node:buffer'
import { MsgpackFault, MsgpackReader, type Shapes } from './msgpack-read.ts'

type RawJson = { rawJSON(text: string): unknown }

/** Numbers keep their value, also those that JavaScript would round; bytes are base64, as ProtoJSON writes them. */
const asJson: Shapes = {
  whole: (value) => (JSON as unknown as RawJson).rawJSON(String(value)),
  bytes: (value) => value.toString('base64'),
  float(value) {
    if (Number.isFinite(value)) return value
    throw new MsgpackFault('a number that JSON does not have (NaN or an infinity)')
  },
}

/** A reader whose values can be written by JSON.stringify. */
export const jsonReader = (bytes: Buffer, at = 0): MsgpackReader => new MsgpackReader(bytes, asJson, at)

export const toJsonText = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** One value in MessagePack as JSON text; a sentence where it is none, or JSON cannot say it. */
export function msgpackToJson(bytes: Buffer): Buffer | string {
  try {
    const reader = jsonReader(bytes)
    const json = toJsonText(reader.value())
    return reader.isAtEnd ? json : 'is no MessagePack: more bytes follow'
  } catch (failure) {
    if (failure instanceof MsgpackFault) return `is no MessagePack that can be read: ${failure.message}`
    throw failure
  }
}

/** What may be lost when JavaScript reads it: long or huge numbers, halves of surrogate pairs. */
const suspicious = /\d{16}|[eE][+-]?\d{3}|\\u[dD][89abAB]/
const surrogatePair = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/g
const surrogateHalf = /\\u[dD][89a-fA-F]/
const wholeNumber = /^-?\d+$/
const smallest = -(2n ** 63n)
const largest = 2n ** 64n - 1n

/** The value of a JSON text, to be written as MessagePack; undefined where it is none, or would not be the same there. */
export function jsonToNative(bytes: Buffer): { readonly value: unknown } | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString()
  try {
    return suspicious.test(text) ? carefully(text) : { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function carefully(text: string): { readonly value: unknown } | undefined {
  if (surrogateHalf.test(text.replace(surrogatePair, ''))) return undefined
  let isExact = true
  const exactly = (
    _name: string,
    value: unknown,
    { source = '' }: { readonly source?: string } = {},
  ): unknown => {
    if (typeof value !== 'number') return value
    if (!Number.isFinite(value)) isExact = false
    if (Number.isSafeInteger(value) || !wholeNumber.test(source)) return value
    const whole = BigInt(source)
    if (whole < smallest || whole > largest) isExact = false
    return whole
  }
  const value: unknown = JSON.parse(text, exactly)
  return isExact ? { value } : undefined
}
