// A position names what a client has of its session: a part of a slot's log, and a short hash of the record it ends with.
import { crc32 } from 'node:zlib'

/**
 * The client has all records of its session in the log of `slot` from `since` to `next`, `next` not among them. `hash`
 * is of the last record before `next`; 0 where none is known.
 */
export type Position = {
  readonly slot: number
  readonly since: number
  readonly next: number
  readonly hash: number
}

/** Hash of the record before a position that has none. */
export const noRecord = 0

/** A short fingerprint of a record: another record at the same offset (a recreated topic) has another one. */
export const recordHash = (timestamp: number, value: Buffer | null): number =>
  // Whatever a producer gave as its time, crc32 takes none but 32 unsigned bits.
  crc32(value ?? '', timestamp >>> 0)

/** `<slot>.<since>.<next>.<hash>`, numbers in base 36. Opaque to clients. */
export const formatPosition = (slot: number, since: number, next: number, hash: number): string =>
  `${slot.toString(36)}.${since.toString(36)}.${next.toString(36)}.${hash.toString(36)}`

const written = /^([0-9a-z]{1,4})\.([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([0-9a-z]{1,7})$/

/** Reads a position that a client sent back; undefined for anything we did not write. */
export function parsePosition(text: string): Position | undefined {
  const [slot, since, next, hash] = (written.exec(text) ?? [])
    .slice(1)
    .map((part) => Number.parseInt(part, 36))
  if (slot === undefined || since === undefined || next === undefined || hash === undefined) return undefined
  return since <= next && Number.isSafeInteger(next) ? { slot, since, next, hash } : undefined
}
