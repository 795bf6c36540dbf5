// A place in a log in memory that moves on as it is read.
import { BrokerFailure } from './failure.ts'
import type { MemoryLog } from './memory-log.ts'
import type { Cursor, Step } from './range-reading.ts'

const mostInStep = 500

type MemoryCursorOptions = {
  readonly topic: string
  readonly partition?: number
  readonly from: number
  /** Ends waiting. */
  readonly signal: AbortSignal
}

export class MemoryCursor implements Cursor {
  next: number
  readonly hasMore = false
  readonly #log: MemoryLog
  readonly #topic: string
  readonly #partition: number
  readonly #signal: AbortSignal

  constructor(log: MemoryLog, { topic, partition = 0, from, signal }: MemoryCursorOptions) {
    this.#log = log
    this.#topic = topic
    this.#partition = partition
    this.next = from
    this.#signal = signal
  }

  async step(maxWaitMs: number, to?: number): Promise<Step> {
    if (maxWaitMs > 0 && this.next === this.#log.end(this.#topic, this.#partition))
      await this.#log.changed(AbortSignal.any([this.#signal, AbortSignal.timeout(maxWaitMs)]))
    const ends = this.#log.ends(this.#topic, this.#partition)
    if (!ends) throw new BrokerFailure('topic-missing', `there is no topic ${this.#topic}`)
    const told = { start: ends.start, highWatermark: ends.end }
    if (this.next < ends.start || this.next > ends.end) return { records: [], ...told, gone: ends }
    const { records, next } = this.#log.read(this.#topic, this.#partition, this.next, mostInStep, to)
    this.next = next
    return { records, ...told }
  }
}
