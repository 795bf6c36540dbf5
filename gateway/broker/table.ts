// A compacted topic of one partition as a map in memory: read from its start to its end, then followed for as long as it is wanted.
import { setTimeout as wait } from 'node:timers/promises'
import type { Table } from '../admission/ports.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { Events } from '../events.ts'
import type { LogRanges, RangeChunk } from '../slots/ports.ts'
import { within } from './deadline.ts'
import { toFailure } from './failure.ts'
import { TableEntries } from './table-entries.ts'
import { refill } from './table-refill.ts'

export type TableOptions = {
  readonly ranges: Pick<LogRanges, 'ends' | 'read' | 'tail'>
  readonly topic: string
  /** `bytes` of keys and values. */
  readonly most: { readonly entries: number; readonly bytes: number }
  readonly events: Pick<Events, 'tableRead' | 'tableTrouble'>
  /** Ends the reading. */
  readonly signal: AbortSignal
  /** Milliseconds between two looks whether the topic is still there and all of it was read. */
  readonly lookEvery?: number
}

const answerMs = 5_000
const pauseMs = 500
const lookEveryMs = 10_000
const foreverMs = 2 ** 31 - 1

/** One walk through the topic. `to`: its end when the walk began. `left`: keys of before that it has not met yet. */
type Walk = {
  readonly start: number
  next: number
  readonly to: number
  readonly left: Set<string>
  done: boolean
}

export const createTable = (options: TableOptions): Table => new TopicTable(options)

class TopicTable implements Table {
  readonly #options: TableOptions
  readonly #entries: TableEntries
  readonly #read = Promise.withResolvers<void>()
  #walk: Walk | undefined
  #trouble: string | undefined = 'it has not been read yet'
  #told: string | undefined = this.#trouble
  #refilling = false
  #running = false

  constructor(options: TableOptions) {
    this.#options = options
    this.#entries = new TableEntries(options.most)
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (!this.#running) void this.#run()
    this.#running = true
    await within(this.#read.promise, foreverMs, signal)
  }

  get trouble(): string | undefined {
    return this.#entries.overfull ?? this.#trouble
  }

  get(key: string): Buffer | undefined {
    return this.#entries.get(key)
  }

  entries(): Iterable<readonly [string, Buffer]> {
    return this.#entries.all()
  }

  get size(): number {
    return this.#entries.size
  }

  onChange(listener: Parameters<Table['onChange']>[0]): () => void {
    return this.#entries.onChange(listener)
  }

  forget(key: string): void {
    this.#entries.forget(key)
  }

  async current(timeoutMs: number): Promise<boolean> {
    const { ranges, topic, signal } = this.#options
    const walk = this.#walk
    if (!walk?.done) return false
    try {
      const { end } = await ranges.ends(topic, timeoutMs)
      // Another log, or a shorter one: whoever follows it finds out and begins again.
      if (end < walk.next) return false
      const onChunk = (chunk: RangeChunk): void => this.#take(walk, chunk)
      if (end > walk.next) await ranges.read(topic, walk.next, end, { timeoutMs, signal, onChunk })
    } catch (failure) {
      if (toFailure(failure).kind === 'topic-missing') this.#say(missing(topic))
      return false
    }
    if (walk !== this.#walk) return false
    this.#say(undefined)
    return this.trouble === undefined
  }

  async #run(): Promise<void> {
    const { signal, lookEvery = lookEveryMs } = this.#options
    const onLook = (): void => void Promise.all([this.current(answerMs), this.#refill()])
    const look = setInterval(onLook, lookEvery).unref()
    while (!signal.aborted) {
      await this.#walkThrough().catch((failure: unknown) => {
        const { kind, message } = toFailure(failure)
        if (!signal.aborted)
          this.#say(kind === 'topic-missing' ? missing(this.#options.topic) : `it cannot be read: ${message}`)
      })
      await wait(pauseMs, undefined, { signal }).catch(() => undefined)
    }
    clearInterval(look)
  }

  /** Resolves when the topic has to be read anew: a part of it is gone, or it is another one. */
  async #walkThrough(): Promise<void> {
    const { ranges, topic, signal } = this.#options
    const began = performance.now()
    const { start, end } = await ranges.ends(topic, answerMs)
    const over = new AbortController()
    const left = new Set(this.#entries.keys())
    const walk: Walk = { start, next: start, to: end, left, done: false }
    this.#walk = walk
    let expected = start
    const onChunk = (chunk: RangeChunk): void => {
      if (over.signal.aborted) return
      if (chunk.start > expected || chunk.next < expected) {
        this.#say('it is being read again: a part of the topic is gone, or it is another one')
        this.#walk = undefined
        return over.abort()
      }
      expected = chunk.next
      this.#take(walk, chunk)
      this.#finish(walk, began)
    }
    this.#finish(walk, began)
    await ranges.tail(topic, start, { signal: AbortSignal.any([signal, over.signal]), onChunk })
  }

  /** Two may read: what the other one has brought is left out. */
  #take(walk: Walk, { records, next }: RangeChunk): void {
    if (walk !== this.#walk) return
    for (const record of records) if (record.offset >= walk.next) this.#apply(walk, record)
    walk.next = Math.max(walk.next, next)
  }

  #apply({ left }: Walk, { key, value, offset }: IncomingRecord): void {
    if (key === null) return
    const name = key.toString()
    left.delete(name)
    this.#entries.set(name, value ?? undefined, offset)
    if (this.trouble !== this.#told) this.#tell()
  }

  #finish(walk: Walk, began: number): void {
    if (walk.done || walk.next < walk.to) return
    walk.done = true
    // They were in the topic that was read before, and are not in this one.
    for (const key of walk.left) this.#entries.set(key, undefined, walk.to)
    walk.left.clear()
    this.#say(undefined)
    this.#options.events.tableRead(this.#options.topic, this.size, performance.now() - began)
    this.#read.resolve()
    void this.#refill()
  }

  /** What did not fit is still in the topic; there may be room for it by now. */
  async #refill(): Promise<void> {
    const walk = this.#walk
    if (!walk?.done || this.#refilling || !this.#entries.fitsAll) return
    this.#refilling = true
    const { ranges, topic, signal } = this.#options
    try {
      const part = { ranges, topic, from: walk.start, to: walk.next }
      await refill(this.#entries, { ...part, timeoutMs: answerMs, signal })
      this.#say(this.#trouble)
    } catch {
      // The next look tries again.
    } finally {
      this.#refilling = false
    }
  }

  #say(trouble: string | undefined): void {
    this.#trouble = trouble
    if (this.trouble !== this.#told) this.#tell()
  }

  #tell(): void {
    this.#told = this.trouble
    if (this.#told !== undefined) this.#options.events.tableTrouble(this.#options.topic, this.#told)
  }
}

const missing = (topic: string): string => `there is no topic ${topic}; ./openclaw topics apply creates it`
