// What one session wants to know of a part of a log, and what each record of it is to that.
import type { ReadOptions } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { ControlRecord } from '../moving/control.ts'
import type { Arrival } from '../moving/slot-state.ts'
import { recordHash } from '../session/position.ts'
import { readControl } from './control-records.ts'
import { mayConcern } from './may-concern.ts'
import { type Item, readRecord } from './read-record.ts'

/** What one session finds in a part of a log. */
export type Found = {
  /** First offset that the log still has. */
  readonly start: number
  /** Everything before it was read. Before the part's beginning: the log ends there, and so is another one. */
  readonly next: number
  /** Hash of the record just before the part, if it is there. */
  readonly hashBefore: number | undefined
  /** Hash of the last record that was read. */
  readonly hashAtEnd: number
  /** Those of the session, and every canary. */
  readonly controls: readonly { readonly offset: number; readonly record: ControlRecord }[]
  readonly arrivals: readonly (Arrival & { readonly body: Item })[]
}

/** How records are read, and how much may be held of them. */
export type WishOptions = {
  readonly read: ReadOptions
  /** Bytes that one session may be brought, and all at one time. */
  readonly maxBytes: number
  readonly maxBytesOfAll: number
}

export type Wish = {
  readonly from: number
  readonly to: number | 'end'
  readonly session: string
  readonly found: { -readonly [K in keyof Found]: Found[K] } & {
    controls: { offset: number; record: ControlRecord }[]
    arrivals: (Arrival & { body: Item })[]
  }
  bytes: number
  /** Why nothing comes of it. */
  refused: 'too-much' | 'no-room' | undefined
  readonly done: PromiseWithResolvers<Found | 'too-much'>
}

/** Of all sessions together. */
export type Held = { bytes: number }

/** What a record costs beside its value, about. */
const recordBytes = 300
export const bytesOf = ({ value }: IncomingRecord): number => (value?.length ?? 0) + recordBytes

/** What was collected is dropped. */
export function letGo(held: Held, wish: Wish): void {
  held.bytes -= wish.bytes
  wish.bytes = 0
  wish.found.arrivals = []
}

/** The wishes that want the hash of the record at an offset. */
export function edgesOf(wishes: readonly Wish[]): Map<number, Wish[]> {
  const edges = new Map<number, Wish[]>()
  for (const wish of wishes) {
    for (const offset of [wish.from - 1, wish.to === 'end' ? -1 : wish.to - 1]) {
      const others = edges.get(offset)
      if (others === undefined) edges.set(offset, [wish])
      else others.push(wish)
    }
  }
  return edges
}

/** One record of the log in turn, for all who want a part that it stands in, or just before. */
export function give(
  deps: WishOptions,
  held: Held,
  slot: number,
  wishes: readonly Wish[],
  bySession: ReadonlyMap<string, readonly Wish[]>,
  edge: readonly Wish[] | undefined,
  record: IncomingRecord,
): void {
  const { offset } = record
  for (const { from, found } of edge ?? []) {
    const hash = recordHash(record.timestamp, record.value)
    if (offset === from - 1) found.hashBefore = hash
    else found.hashAtEnd = hash
  }
  if (!mayConcern(record, (session) => bySession.has(session))) return
  const control = readControl(record, deps.read.secrets)
  if (control !== undefined) {
    const concerned = control.kind === 'canary' ? wishes : (bySession.get(control.session) ?? [])
    for (const { from, to, found } of concerned)
      if (offset >= from && (to === 'end' || offset < to)) found.controls.push({ offset, record: control })
    return
  }
  const what = readRecord(slot, record, deps.read)
  if (what.kind !== 'one') return
  for (const wish of bySession.get(what.arrival.session) ?? []) {
    if (wish.refused !== undefined) continue
    if (offset < wish.from || (wish.to !== 'end' && offset >= wish.to)) continue
    const bytes = bytesOf(record)
    if (wish.bytes + bytes > deps.maxBytes) wish.refused = 'too-much'
    else if (held.bytes + bytes > deps.maxBytesOfAll) wish.refused = 'no-room'
    if (wish.refused !== undefined) {
      letGo(held, wish)
      continue
    }
    wish.bytes += bytes
    held.bytes += bytes
    wish.found.arrivals.push(what.arrival)
  }
}
