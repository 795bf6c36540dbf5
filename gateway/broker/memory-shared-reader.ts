// A member of a shared group in memory: the partitions it is dealt are read batch by batch, each committed once handled.
import { setTimeout as wait } from 'node:timers/promises'
import type { SharedReader, SharedReaderOptions } from '../delivery/ports.ts'
import type { MemoryLog } from './memory-log.ts'

const mostInBatch = 500
const readAgainMs = 50

export class MemorySharedReader implements SharedReader {
  /** Set by the group: the partitions this member has, as `[topic, partition]`. */
  assigned: readonly (readonly [string, number])[] = []
  readonly #log: MemoryLog
  readonly #options: SharedReaderOptions
  readonly #ended = new AbortController()
  readonly #onLeft: (reader: MemorySharedReader) => void

  constructor(log: MemoryLog, options: SharedReaderOptions, onLeft: (reader: MemorySharedReader) => void) {
    this.#log = log
    this.#options = options
    this.#onLeft = onLeft
    void this.#read()
  }

  get lag(): number {
    return this.assigned.reduce(
      (sum, [topic, one]) => sum + this.#log.end(topic, one) - this.#next(topic, one),
      0,
    )
  }

  stop(): Promise<void> {
    this.#ended.abort()
    this.#onLeft(this)
    return Promise.resolve()
  }

  #next(topic: string, one: number): number {
    const { start, end } = this.#log.ends(topic, one) ?? { start: 0, end: 0 }
    const committed = this.#log.committed(this.#options.group, topic, one) ?? start
    return committed < start || committed > end ? start : committed
  }

  async #read(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      let idle = true
      for (const [topic, one] of this.assigned) if (await this.#batch(topic, one)) idle = false
      if (idle) await this.#log.changed(signal)
    }
  }

  /** Handles and commits one batch; false where there was none. */
  async #batch(topic: string, one: number): Promise<boolean> {
    const { signal } = this.#ended
    const from = this.#next(topic, one)
    const { records, next } = this.#log.read(topic, one, from, mostInBatch)
    if (next === from || signal.aborted) return false
    try {
      if (records.length > 0) await this.#options.onBatch(records, signal)
      this.#log.commit(this.#options.group, topic, one, next)
    } catch {
      await wait(readAgainMs, undefined, { signal }).catch(() => undefined)
    }
    return true
  }
}
