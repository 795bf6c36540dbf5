// Reads a slot's log for its holder, batch after batch, and tells it of what is gone; knows how far a commit may go.
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { SlotReader, SlotReaderOptions } from '../delivery/ports.ts'
import type { BrokerLog } from './client.ts'
import { Pauses } from './deadline.ts'
import { BrokerFailure, toFailure } from './failure.ts'
import type { Cursor } from './range-reading.ts'

const askAgainMs = 100

type Asked = Pick<SlotReaderOptions, 'mayServe' | 'onBatch' | 'onGap' | 'settledOffset'>

export type SlotReadingOptions = {
  readonly reader: Asked
  readonly cursor: Cursor
  readonly began: SlotReader['began']
  /** Where the log ended then. */
  readonly end: number
  readonly longPollMs: number
  /** Aborted when the slot is lost or given up: nothing is handed on after that. */
  readonly ended: AbortSignal
  readonly log: BrokerLog
}

export class SlotReading {
  /** Offset of the next record to hand on. */
  next: number
  readonly began: SlotReader['began']
  lag: number
  readonly #options: SlotReadingOptions
  /** Behind the last record or gap that the holder was told of; undefined before the first. */
  #told: number | undefined
  /** False since a read failed: until one succeeds, another log may stand in the place of this one. */
  #isSame = true

  constructor(options: SlotReadingOptions) {
    const { next, committed } = options.began
    this.#options = options
    this.began = options.began
    this.next = next
    this.lag = options.end - next
    // What the holder has to see for itself is as good as told: only it may commit past that.
    if (committed !== undefined && committed !== next) this.#told = next
  }

  /**
   * What the group may commit: what is settled. Where that is all that was handed on, also the ends of transactions and
   * the aborted records behind it, which would look like a backlog for ever.
   */
  get committable(): number | undefined {
    // In another log it would have its next reader pass by what nobody has read.
    if (!this.#isSame) return undefined
    const settled = this.#options.reader.settledOffset()
    if (settled === undefined)
      return this.#told === undefined && this.next > this.began.next ? this.next : undefined
    // The holder speaks of a log that is no more.
    if (settled > this.next) return undefined
    return settled >= (this.#told ?? 0) ? this.next : settled
  }

  /** Reads until `ended`, or until the holder does not want to go on behind a gap. Rejects with what `onBatch` threw. */
  async read(): Promise<void> {
    const { cursor, longPollMs, ended, log, reader } = this.#options
    const pauses = new Pauses()
    while (!ended.aborted) {
      const step = await cursor.step(longPollMs).catch(toFailure)
      if (ended.aborted) return
      this.#isSame = !(step instanceof BrokerFailure) && (!step.gone || step.gone.start > this.next)
      if (step instanceof BrokerFailure) {
        log.debug({ failure: step.message }, 'a slot could not be read; it is tried again')
        await pauses.pause(ended)
        continue
      }
      pauses.reset()
      const { records, gone, highWatermark } = step
      if ((gone || records.length > 0) && !(await this.#mayServe())) return
      if (gone) {
        if (!reader.onGap(this.next, gone.start)) return
        this.#told = gone.start
        cursor.next = gone.start
      } else if (records.length > 0) this.#told = (records.at(-1)?.offset ?? 0) + 1
      this.next = cursor.next
      this.lag = Math.max(0, highWatermark - this.next)
      if (records.length > 0) await reader.onBatch(records)
      if (cursor.hasMore) await turn()
    }
  }

  /** Waits until the holder may serve; false once it has ended. */
  async #mayServe(): Promise<boolean> {
    const { reader, ended } = this.#options
    while (!ended.aborted) {
      if (await reader.mayServe()) return !ended.aborted
      await wait(askAgainMs, undefined, { signal: ended }).catch(() => undefined)
    }
    return false
  }
}
