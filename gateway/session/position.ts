// A position names a place in a slot's log: the slot, the offset of the next record, and a short hash of the record before it.
import { crc32 } from 'node:zlib'

export type Position = { readonly slot: number; readonly next: number; readonly hash: number }

/** Hash of the record before a position that has none. */
const noRecord = 0

/** A short fingerprint of a record: another record at the same offset (a recreated topic) has another one. */
export const recordHash = (timestamp: number, value: Buffer | null): number =>
  // Whatever a producer gave as its time, crc32 takes none but 32 unsigned bits.
  crc32(value ?? '', timestamp >>> 0)

/** `<slot>.<next offset>.<hash>`, numbers in base 36. Opaque to clients. */
export const formatPosition = (position: Position): string =>
  `${position.slot.toString(36)}.${position.next.toString(36)}.${position.hash.toString(36)}`

export const startOf = (slot: number): Position => ({ slot, next: 0, hash: noRecord })

/** Reads a position that a client sent back; undefined for anything we did not write. */
export function parsePosition(text: string): Position | undefined {
  const match = /^([0-9a-z]{1,4})\.([0-9a-z]{1,11})\.([0-9a-z]{1,7})$/.exec(text)
  if (!match) return undefined
  const [slot, next, hash] = match.slice(1).map((part) => Number.parseInt(part, 36)) as [
    number,
    number,
    number,
  ]
  return Number.isSafeInteger(next) ? { slot, next, hash } : undefined
}
