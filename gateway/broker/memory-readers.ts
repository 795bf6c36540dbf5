// Readers of topics in memory: a slot goes to the highest epoch, shared topics are dealt out among the members of a group.
import { setTimeout as wait } from 'node:timers/promises'
import type { SharedReader, SharedReaderOptions, SlotReader, SlotReaderOptions } from '../delivery/ports.ts'
import { BrokerFailure } from './failure.ts'
import type { MemoryLog } from './memory-log.ts'

const mostInBatch = 500
const commitEveryMs = 1_000
const askAgainMs = 100
const readAgainMs = 50
const partition = 0

export class MemorySlotReader implements SlotReader {
  nextOffset: number
  readonly epoch: number
  readonly #log: MemoryLog
  readonly #options: SlotReaderOptions
  readonly #ended = new AbortController()

  constructor(log: MemoryLog, options: SlotReaderOptions) {
    if (log.partitions(options.topic) === undefined)
      throw new BrokerFailure('topic-missing', `there is no topic ${options.topic}`)
    this.#log = log
    this.#options = options
    this.epoch = options.epoch
    this.nextOffset = log.committed(options.group, options.topic, partition)
    void this.#read()
    void this.#keepCommitting()
  }

  get lag(): number {
    return this.#log.end(this.#options.topic, partition) - this.nextOffset
  }

  stillOwner(): Promise<'owner' | 'not-owner'> {
    return Promise.resolve(this.#ended.signal.aborted ? 'not-owner' : 'owner')
  }

  /** Another holder has the slot now. */
  fence(): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    this.#options.onLost('rebalanced')
  }

  async stop(): Promise<void> {
    await this.#commit()
    this.#ended.abort()
  }

  async #read(): Promise<void> {
    const { topic, mayServe, onBatch } = this.#options
    const { signal } = this.#ended
    while (!signal.aborted) {
      const records = this.#log.read(topic, partition, this.nextOffset, mostInBatch)
      if (records.length === 0) await this.#log.changed(signal)
      else if (!(await mayServe())) await wait(askAgainMs, undefined, { signal }).catch(() => undefined)
      else if (!signal.aborted) {
        this.nextOffset += records.length
        await onBatch(records)
      }
    }
  }

  async #keepCommitting(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      await wait(commitEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
      await this.#commit()
    }
  }

  async #commit(): Promise<void> {
    const { group, topic, settledOffset, mayServe } = this.#options
    const offset = settledOffset()
    if (offset === undefined || this.#ended.signal.aborted || !(await mayServe())) return
    if (!this.#ended.signal.aborted) this.#log.commit(group, topic, partition, offset)
  }
}

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
    return this.#log.committed(this.#options.group, topic, one)
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
    const records = this.#log.read(topic, one, from, mostInBatch)
    if (records.length === 0 || signal.aborted) return false
    try {
      await this.#options.onBatch(records, signal)
      this.#log.commit(this.#options.group, topic, one, from + records.length)
    } catch {
      await wait(readAgainMs, undefined, { signal }).catch(() => undefined)
    }
    return true
  }
}
