// Reads one record of a batch: for kafkajs, whose own reader takes time with the square of the headers, and for ourselves.
import type { IncomingRecord } from '../delivery/ports.ts'

/** kafkajs's reader over the bytes of one record. */
export type Bytes = { readonly buffer: Buffer; offset: number }

/** What kafkajs knows of the batch around a record; 64-bit numbers are decimal text there. */
export type BatchContext = {
  readonly firstOffset: string
  readonly firstTimestamp: string
  readonly maxTimestamp: string
  readonly magicByte: number
  /** 1: the broker's time of the append, the same for all. */
  readonly timestampType: number
  readonly isControlBatch?: boolean
}

/** What our own reading knows of the batch around a record. */
export type BatchPlace = {
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
  readonly firstTimestamp: number
  /** The time of all records, where the broker gave it at the append. */
  readonly appendTime: number | undefined
}

type HeaderValue = Buffer | null | (Buffer | null)[]

const logAppendTime = 1

/** A zigzag varint. */
export const readVarint = (from: Bytes): number => {
  const { buffer } = from
  let value = 0
  let scale = 1
  for (;;) {
    const byte = buffer[from.offset++]
    if (byte === undefined) throw new RangeError('a record is cut off')
    value += (byte & 0x7f) * scale
    if (byte < 0x80) break
    scale *= 0x80
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

/** Bytes behind their length, without copying; null for a length of -1. */
const readBytes = (from: Bytes): Buffer | null => {
  const length = readVarint(from)
  if (length < 0) return null
  const start = from.offset
  from.offset += length
  if (from.offset > from.buffer.length) throw new RangeError('a record is cut off')
  return from.buffer.subarray(start, from.offset)
}

// Records of a log mostly have the same headers in the same order: comparing is cheaper than making the name again.
const mostNames = 64
const longestName = 64
const lastNames: string[] = []

const isText = ({ buffer }: Bytes, start: number, length: number, text: string | undefined): boolean => {
  if (text?.length !== length) return false
  for (let i = 0; i < length; i++) {
    const byte = buffer[start + i] as number
    if (byte !== text.charCodeAt(i) || byte > 0x7f) return false
  }
  return true
}

/** `index` is the place of the header in its record. */
const readName = (from: Bytes, index: number): string => {
  const length = readVarint(from)
  const start = from.offset
  if (length < 0) throw new RangeError('a header has no name')
  from.offset += length
  const known = lastNames[index]
  if (known !== undefined && isText(from, start, length, known)) return known
  const name = from.buffer.toString('utf8', start, from.offset)
  if (index < mostNames && length <= longestName) lastNames[index] = name
  return name
}

/** Of a repeated name the values become a list, as kafkajs has it. */
const readHeaders = (from: Bytes): Record<string, HeaderValue> => {
  const headers: Record<string, HeaderValue> = {}
  const count = readVarint(from)
  for (let i = 0; i < count; i++) {
    const name = readName(from, i)
    const value = readBytes(from)
    if (name === '__proto__') continue
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (before === undefined) headers[name] = value
    else headers[name] = Array.isArray(before) ? [...before, value] : [before, value]
  }
  return headers
}

/** The record as kafkajs's consumers hand it on. */
export const readRecord = (from: Bytes, batchContext: BatchContext) => {
  const { firstOffset, firstTimestamp, maxTimestamp, magicByte, timestampType, isControlBatch } = batchContext
  const attributes = from.buffer[from.offset++]
  const sinceFirst = readVarint(from)
  const timestamp =
    timestampType === logAppendTime && maxTimestamp
      ? maxTimestamp
      : String(Number(firstTimestamp) + sinceFirst)
  const offset = String(Number(firstOffset) + readVarint(from))
  return {
    magicByte,
    attributes,
    timestamp,
    offset,
    key: readBytes(from),
    value: readBytes(from),
    headers: readHeaders(from),
    isControlRecord: isControlBatch ?? false,
    batchContext,
  }
}

/** Of a repeated header the last value; one that is null is left out. */
const lastHeaders = (from: Bytes): Record<string, Buffer | undefined> => {
  const headers: Record<string, Buffer | undefined> = {}
  const count = readVarint(from)
  for (let i = 0; i < count; i++) {
    const name = readName(from, i)
    const value = readBytes(from)
    if (name === '__proto__') continue
    if (value !== null) headers[name] = value
    else if (Object.hasOwn(headers, name)) delete headers[name]
  }
  return headers
}

/** The record as this room hands it on; its bytes are not copied. */
export const readIncoming = (from: Bytes, place: BatchPlace): IncomingRecord => {
  from.offset++ // attributes, which mean nothing yet
  const sinceFirst = readVarint(from)
  return {
    topic: place.topic,
    partition: place.partition,
    offset: place.firstOffset + readVarint(from),
    timestamp: place.appendTime ?? place.firstTimestamp + sinceFirst,
    key: readBytes(from),
    value: readBytes(from),
    headers: lastHeaders(from),
  }
}
