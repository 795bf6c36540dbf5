// Reading with a cursor, whatever log it stands in: from here to there, and from here on.
import { setImmediate as turn } from 'node:timers/promises'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { LogEnds, RangeChunk } from '../slots/ports.ts'
import { aborted, Pauses, within } from './deadline.ts'
import { BrokerFailure, toFailure } from './failure.ts'

export type Step = {
  readonly records: readonly IncomingRecord[]
  /** The first offset that is kept and the next one of all, as the broker said last. */
  readonly start: number
  readonly highWatermark: number
  /**
   * The log does not have the next offset: it begins above it, or ends below it and so is another log. The cursor stays
   * where it is until its `next` is set.
   */
  readonly gone?: LogEnds
}

/** A place in one partition's log that moves on as it is read. */
export type Cursor = {
  /** Everything before it was read. */
  next: number
  /** Whether the next step needs no fetch. */
  readonly hasMore: boolean
  /**
   * Reads on, up to and without `to`; without anything new after `maxWaitMs` milliseconds. Rejects with `BrokerFailure`,
   * and then has not moved. One step at a time.
   */
  step(maxWaitMs: number, to?: number): Promise<Step>
}

type OnChunk = { readonly signal: AbortSignal; onChunk(chunk: RangeChunk): void }

export const readRange = async (
  cursor: Cursor,
  to: number,
  { timeoutMs, signal, onChunk }: OnChunk & { readonly timeoutMs: number },
): Promise<void> => {
  let start = cursor.next
  let until = performance.now() + timeoutMs
  const left = () => Math.max(0, until - performance.now())
  const pauses = new Pauses()
  let trouble: BrokerFailure | undefined
  while (cursor.next < to) {
    const before = cursor.next
    const step = await within(cursor.step(0, to), left(), signal).catch(toFailure)
    if (signal.aborted) throw aborted()
    if (step instanceof BrokerFailure) {
      // A last try that had no time tells less than the one before.
      if (left() === 0) throw trouble ?? step
      if (step.kind === 'not-writable') throw step
      trouble = step
    } else {
      if (step.gone && step.gone.start > before) {
        cursor.next = step.gone.start
        start = cursor.next
      } else start = Math.min(start, step.start)
      if (cursor.next > before) {
        until = performance.now() + timeoutMs
        pauses.reset()
        onChunk({ records: step.records, next: Math.min(cursor.next, to), start })
        if (cursor.hasMore) await turn()
        continue
      }
      trouble = new BrokerFailure('out-of-range', `the log does not reach offset ${to}`)
    }
    if (left() === 0) throw trouble
    await pauses.pause(signal, left())
  }
}

/** What is gone is passed by: the chunk that tells it has no records. */
export const follow = async (
  cursor: Cursor,
  longPollMs: number,
  { signal, onChunk }: OnChunk,
): Promise<void> => {
  let start = cursor.next
  const pauses = new Pauses()
  while (!signal.aborted) {
    const before = cursor.next
    const step = await cursor.step(longPollMs).catch(toFailure)
    if (signal.aborted) return
    if (step instanceof BrokerFailure) {
      await pauses.pause(signal)
      continue
    }
    pauses.reset()
    start = step.gone ? step.gone.start : Math.min(start, step.start)
    if (step.gone) cursor.next = step.gone.start
    if (cursor.next !== before) onChunk({ records: step.records, next: cursor.next, start })
    if (cursor.hasMore) await turn()
  }
}
