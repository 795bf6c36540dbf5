// What serializers of a schema registry put before a value: a zero byte, the number of the schema, and for protobuf which message of it. Pure.
import type { DescMessage } from '@bufbuild/protobuf'

const magic = 0
const headBytes = 5
/** Messages in messages, as far as a message may be found in. */
const deepest = 32

/** The value behind the number of its schema; undefined where it does not begin with one. */
export const withoutNumber = (value: Buffer): Buffer | undefined =>
  value.length >= headBytes && value[0] === magic ? value.subarray(headBytes) : undefined

/** Which message of its file: of the message in the file, then of each in the one before. */
export type Indexes = readonly number[]

/** Reads the indexes that stand before protobuf; undefined where none can be read. */
export function splitIndexes(
  bytes: Buffer,
): { readonly indexes: Indexes; readonly rest: Buffer } | undefined {
  const cursor = { at: 0 }
  const count = zigzag(bytes, cursor)
  if (count === undefined || count < 0 || count > deepest) return undefined
  const indexes: number[] = []
  for (let n = 0; n < count; n++) {
    const index = zigzag(bytes, cursor)
    if (index === undefined || index < 0) return undefined
    indexes.push(index)
  }
  // The first message of a file is a single zero.
  return { indexes: count === 0 ? [0] : indexes, rest: bytes.subarray(cursor.at) }
}

/** Where the message is in its file. */
export function indexesOf({ parent, file, name }: DescMessage): Indexes {
  return parent === undefined
    ? [file.proto.messageType.findIndex((each) => each.name === name)]
    : [...indexesOf(parent), parent.proto.nestedType.findIndex((each) => each.name === name)]
}

export const isSameIndexes = (one: Indexes, other: Indexes): boolean =>
  one.length === other.length && one.every((index, at) => index === other[at])

/** What goes before a value of this schema: before protobuf with the indexes of its message. */
export function headOf(number: number, indexes: Indexes | undefined): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(number, 1)
  if (indexes === undefined) return head
  if (isSameIndexes(indexes, [0])) return Buffer.concat([head, Buffer.from([0])])
  return Buffer.concat([head, Buffer.from([indexes.length, ...indexes].flatMap(varintOf))])
}

/** Variable-length and zigzag, as Kafka writes numbers. */
const varintOf = (value: number): number[] => {
  const bytes: number[] = []
  let left = value * 2
  while (left > 0x7f) {
    bytes.push((left & 0x7f) | 0x80)
    left = Math.floor(left / 128)
  }
  return [...bytes, left]
}

function zigzag(bytes: Buffer, cursor: { at: number }): number | undefined {
  let value = 0
  for (let shift = 1; shift <= 2 ** 28; shift *= 128) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * shift
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  return undefined
}
