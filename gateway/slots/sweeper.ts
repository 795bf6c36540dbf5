// Reads what sessions have missed: one reading of a log for all that want a part of it at the time.

import type { ReadOptions } from '../delivery/delivery.ts'
import { headerOf } from '../delivery/headers.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { ControlRecord } from '../moving/control.ts'
import type { Arrival } from '../moving/slot-state.ts'
import { recordHash } from '../session/position.ts'
import { readControl } from './control-records.ts'
import type { LogRanges } from './ports.ts'
import { type Item, readRecord } from './read-record.ts'

/** What one session finds in a part of a log. */
export type Found = {
  /** First offset that the log still has. */
  readonly start: number
  /** Everything before it was read. */
  readonly next: number
  /** Hash of the record just before the part, if it is there. */
  readonly hashBefore: number | undefined
  /** Hash of the last record that was read. */
  readonly hashAtEnd: number
  /** Those of the session, and every canary. */
  readonly controls: readonly { readonly offset: number; readonly record: ControlRecord }[]
  readonly arrivals: readonly (Arrival & { readonly body: Item })[]
}

export type Sweeper = {
  /**
   * Reads for one session from `from` up to and without `to`, or the log's present end. 'too-much' where it is more than
   * one session may have. Rejects where Kafka does not answer, or when all sessions together hold too much already.
   */
  collect(slot: number, from: number, to: number | 'end', session: string): Promise<Found | 'too-much'>
  /** What was collected is no longer needed. */
  release(found: Found): void
}

export type SweeperDeps = {
  readonly ranges: LogRanges
  readonly read: ReadOptions
  readonly slotTopic: string
  readonly signal: AbortSignal
  /** Milliseconds without an answer of Kafka. */
  readonly timeoutMs: number
  /** Bytes that one session may be brought, and all at one time. */
  readonly maxBytes: number
  readonly maxBytesOfAll: number
}

type Wish = {
  readonly from: number
  readonly to: number | 'end'
  readonly session: string
  readonly found: { -readonly [K in keyof Found]: Found[K] } & {
    controls: { offset: number; record: ControlRecord }[]
    arrivals: (Arrival & { body: Item })[]
  }
  bytes: number
  tooMuch: boolean
  readonly done: PromiseWithResolvers<Found | 'too-much'>
}

/** What a record costs beside its value, about. */
const recordBytes = 300

export function createSweeper(deps: SweeperDeps): Sweeper {
  const waiting = new Map<number, Wish[]>()
  const running = new Set<number>()
  let held = 0

  const bytesOf = (found: Found): number =>
    found.arrivals.reduce((sum, { body }) => sum + (body.record.value?.length ?? 0) + recordBytes, 0)

  const run = async (slot: number): Promise<void> => {
    if (running.has(slot)) return
    running.add(slot)
    for (;;) {
      const wishes = waiting.get(slot)
      waiting.delete(slot)
      if (wishes === undefined) break
      await readFor(deps, slot, wishes).catch((failure: unknown) => {
        for (const { done } of wishes) done.reject(failure)
      })
    }
    running.delete(slot)
  }

  return {
    async collect(slot, from, to, session) {
      if (held > deps.maxBytesOfAll) throw new Error('too much is being brought back at the time')
      const found = { start: 0, next: from, hashBefore: undefined, hashAtEnd: 0, controls: [], arrivals: [] }
      const done = Promise.withResolvers<Found | 'too-much'>()
      const wish: Wish = { from, to, session, found, bytes: 0, tooMuch: false, done }
      const others = waiting.get(slot)
      if (others === undefined) waiting.set(slot, [wish])
      else others.push(wish)
      void run(slot)
      const result = await done.promise
      if (result !== 'too-much') held += bytesOf(result)
      return result
    },
    release(found) {
      held -= bytesOf(found)
    },
  }
}

async function readFor(deps: SweeperDeps, slot: number, wishes: readonly Wish[]): Promise<void> {
  const { ranges, slotTopic, timeoutMs, signal } = deps
  const topic = `${slotTopic}${slot}`
  const ends = await ranges.ends(topic, timeoutMs)
  const bySession = Map.groupBy(wishes, ({ session }) => session)
  const edges = edgesOf(wishes)
  // The record before is read, too: its hash proves that this is still the log that the client knows.
  const from = Math.max(0, Math.min(...wishes.map((wish) => wish.from)) - 1)
  const to = Math.max(...wishes.map((wish) => (wish.to === 'end' ? ends.end : wish.to)))
  for (const { found } of wishes) found.start = ends.start
  if (from < to)
    await ranges.read(topic, from, to, {
      timeoutMs,
      signal,
      onChunk({ records, start }) {
        for (const { found } of wishes) found.start = start
        for (const record of records) give(deps, slot, wishes, bySession, edges.get(record.offset), record)
      },
    })
  for (const wish of wishes) {
    wish.found.next = Math.max(wish.from, wish.to === 'end' ? ends.end : wish.to)
    wish.done.resolve(wish.tooMuch ? 'too-much' : wish.found)
  }
}

/** The wishes that want the hash of the record at an offset. */
function edgesOf(wishes: readonly Wish[]): Map<number, Wish[]> {
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

/** Whose a record is, without reading all of it; undefined where only a full reading tells. */
function sessionOf(record: IncomingRecord): string | undefined {
  if (headerOf(record, 'content-type')?.startsWith('application/cloudevents')) return undefined
  const to = headerOf(record, 'ce_to')?.trim()
  if (to !== undefined) return to.startsWith('session:') ? to.slice(8) : to
  return headerOf(record, 'ce_session') ?? headerOf(record, 'kafka_correlationId')?.split('/', 1)[0]
}

function give(
  deps: SweeperDeps,
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
  const control = readControl(record, deps.read.secrets)
  if (control !== undefined) {
    const concerned = control.kind === 'canary' ? wishes : (bySession.get(control.session) ?? [])
    for (const { from, to, found } of concerned)
      if (offset >= from && (to === 'end' || offset < to)) found.controls.push({ offset, record: control })
    return
  }
  const session = sessionOf(record)
  if (session !== undefined && !bySession.has(session)) return
  const what = readRecord(slot, record, deps.read)
  if (what.kind !== 'one') return
  for (const wish of bySession.get(what.arrival.session) ?? []) {
    if (offset < wish.from || (wish.to !== 'end' && offset >= wish.to)) continue
    wish.bytes += (record.value?.length ?? 0) + recordBytes
    if (wish.bytes > deps.maxBytes) wish.tooMuch = true
    else wish.found.arrivals.push(what.arrival)
  }
}
