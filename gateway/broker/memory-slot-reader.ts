// The reader of a slot in memory: what tells the holder of records and gaps is the same as over Kafka.
import { setTimeout as wait } from 'node:timers/promises'
import type { SlotReader, SlotReaderOptions } from '../delivery/ports.ts'
import type { BrokerLog } from './client.ts'
import { BrokerFailure } from './failure.ts'
import { MemoryCursor } from './memory-cursor.ts'
import type { MemoryLog } from './memory-log.ts'
import { SlotReading } from './slot-reading.ts'

const commitEveryMs = 1_000
const longPollMs = 500
const partition = 0

const silent: BrokerLog = { debug: () => undefined, info: () => undefined, warn: () => undefined }

export class MemorySlotReader implements SlotReader {
  readonly epoch: number
  readonly #log: MemoryLog
  readonly #options: SlotReaderOptions
  readonly #reading: SlotReading
  readonly #ended = new AbortController()

  constructor(log: MemoryLog, options: SlotReaderOptions) {
    const { topic, group } = options
    const ends = log.ends(topic, partition)
    if (ends === undefined) throw new BrokerFailure('topic-missing', `there is no topic ${topic}`)
    this.#log = log
    this.#options = options
    this.epoch = options.epoch
    const committed = log.committed(group, topic, partition)
    const { start, end } = ends
    const next = committed !== undefined && committed >= start && committed <= end ? committed : start
    const { signal } = this.#ended
    this.#reading = new SlotReading({
      reader: options,
      cursor: new MemoryCursor(log, { topic, from: next, signal }),
      began: { committed, next, logStart: start },
      end,
      longPollMs,
      ended: signal,
      log: silent,
    })
    void this.#read()
    void this.#keepCommitting()
  }

  get nextOffset(): number {
    return this.#reading.next
  }

  get lag(): number {
    return Math.max(0, this.#log.end(this.#options.topic, partition) - this.#reading.next)
  }

  get began(): SlotReader['began'] {
    return this.#reading.began
  }

  committed(): Promise<number | undefined> {
    const { group, topic } = this.#options
    return Promise.resolve(this.#log.committed(group, topic, partition))
  }

  stillOwner(): Promise<'owner' | 'not-owner'> {
    return Promise.resolve(this.#ended.signal.aborted ? 'not-owner' : 'owner')
  }

  /** Another holder has the slot now. */
  fence(): void {
    this.#lose('rebalanced')
  }

  async stop(): Promise<void> {
    await this.#commit()
    this.#ended.abort()
  }

  #lose(reason: 'rebalanced' | 'crashed'): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    this.#options.onLost(reason)
  }

  async #read(): Promise<void> {
    // As over Kafka nothing is handed on before whoever asked for the reader has it.
    await wait(0)
    await this.#reading.read().catch(() => this.#lose('crashed'))
  }

  async #keepCommitting(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      await wait(commitEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
      await this.#commit()
    }
  }

  async #commit(): Promise<void> {
    const { group, topic, mayServe } = this.#options
    const offset = this.#reading.committable
    if (offset === undefined || this.#ended.signal.aborted || !(await mayServe())) return
    if (!this.#ended.signal.aborted) this.#log.commit(group, topic, partition, offset)
  }
}
