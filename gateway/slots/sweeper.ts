// Reads what sessions have missed: one reading of a log for all that want a part of it at the time.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LogRanges } from './ports.ts'
import {
  bytesOf,
  edgesOf,
  type Found,
  give,
  type Held,
  letGo,
  type Wish,
  type WishOptions,
} from './wishes.ts'

export type Sweeper = {
  /**
   * Reads for one session from `from` up to and without `to`, or the log's present end. 'too-much' where it is more than
   * one session may have. Rejects where Kafka does not answer, or when all sessions together hold too much already.
   */
  collect(slot: number, from: number, to: number | 'end', session: string): Promise<Found | 'too-much'>
  /** What was collected is no longer needed. */
  release(found: Found): void
}

export type SweeperDeps = WishOptions & {
  readonly ranges: LogRanges
  readonly slotTopic: string
  readonly signal: AbortSignal
  /** Milliseconds without an answer of Kafka. */
  readonly timeoutMs: number
}

/** Sessions that go on in one turn of the event loop. */
const atATime = 32

const noRoom = (): Error => new Error('too much is being brought back at the time')

export function createSweeper(deps: SweeperDeps): Sweeper {
  const waiting = new Map<number, Wish[]>()
  const running = new Set<number>()
  const held: Held = { bytes: 0 }

  const run = async (slot: number): Promise<void> => {
    if (running.has(slot)) return
    running.add(slot)
    for (;;) {
      const wishes = waiting.get(slot)
      waiting.delete(slot)
      if (wishes === undefined) break
      await readFor(deps, held, slot, wishes).catch((failure: unknown) => {
        for (const wish of wishes) {
          letGo(held, wish)
          wish.done.reject(failure)
        }
      })
    }
    running.delete(slot)
  }

  return {
    async collect(slot, from, to, session) {
      if (held.bytes > deps.maxBytesOfAll) throw noRoom()
      const found = { start: 0, next: from, hashBefore: undefined, hashAtEnd: 0, controls: [], arrivals: [] }
      const done = Promise.withResolvers<Found | 'too-much'>()
      const wish: Wish = { from, to, session, found, bytes: 0, refused: undefined, done }
      const others = waiting.get(slot)
      if (others === undefined) waiting.set(slot, [wish])
      else others.push(wish)
      void run(slot)
      return done.promise
    },
    release({ arrivals }) {
      for (const { body } of arrivals) held.bytes -= bytesOf(body.record)
    },
  }
}

async function readFor(deps: SweeperDeps, held: Held, slot: number, wishes: readonly Wish[]): Promise<void> {
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
        for (const record of records)
          give(deps, held, slot, wishes, bySession, edges.get(record.offset), record)
      },
    })
  for (const [nth, wish] of wishes.entries()) {
    // Each has its own work to do with what it gets: not all of it in one turn of the event loop.
    if (nth % atATime === atATime - 1) await nextTurn()
    wish.found.next = wish.to === 'end' ? ends.end : Math.max(wish.from, wish.to)
    if (wish.refused === 'no-room') wish.done.reject(noRoom())
    else wish.done.resolve(wish.refused ?? wish.found)
  }
}
