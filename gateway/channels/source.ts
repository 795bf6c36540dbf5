// Reads one topic from its end on, as every node with subscribers does, without a group, and hands it to the topic's hub.
import type { LogRanges, RangeChunk } from '../slots/ports.ts'
import type { Pace } from './detour.ts'
import { History, type HistoryOptions, lookBack } from './history.ts'
import { Hub, type HubOptions } from './hub.ts'
import type { Around, Timers } from './subscription.ts'

export type SourceOptions = HubOptions & {
  readonly ranges: LogRanges
  readonly topic: string
  readonly history: HistoryOptions['limits']
  /** Milliseconds that the first answer of Kafka may take. */
  readonly timeoutMs: number
  readonly timers: Timers
  readonly pace: Pace
  /** Part of the topic was gone before it was read, or the topic is another one. */
  onGap(topic: string, from: number, to: number): void
}

export class Source {
  readonly hub: Hub
  readonly history: History
  /** What the subscriptions of this topic share. */
  readonly around: Around
  /** Resolves once what comes is read; rejects if Kafka does not let us within `timeoutMs`. The source is over then. */
  readonly opened: Promise<void>
  readonly #options: SourceOptions
  readonly #ended = new AbortController()
  readonly #open = Promise.withResolvers<void>()
  /** Where the log ended when it was asked; what is before was said before anyone was here. */
  #opensAt: number | undefined
  #late: NodeJS.Timeout | undefined
  #isOpen = false

  constructor(options: SourceOptions) {
    this.#options = options
    this.hub = new Hub(options)
    const { ranges, topic, read, timeoutMs, timers, pace } = options
    this.around = { hub: this.hub, timers, pace }
    const { signal } = this.#ended
    this.history = new History({
      ranges,
      topic,
      hub: this.hub,
      read,
      limits: options.history,
      timeoutMs,
      signal,
    })
    this.opened = this.#open.promise
    this.opened.catch(() => undefined)
    this.#start().catch((failed: unknown) => this.#fail(failed))
  }

  /** Whether what comes is being read. */
  get isOpen(): boolean {
    return this.#isOpen && !this.ended
  }

  get ended(): boolean {
    return this.#ended.signal.aborted
  }

  stop(): void {
    this.#fail(new Error('the source was stopped'))
  }

  #fail(failed: unknown): void {
    clearTimeout(this.#late)
    this.#ended.abort()
    this.#open.reject(failed)
  }

  async #start(): Promise<void> {
    const { ranges, topic, timeoutMs } = this.#options
    const { signal } = this.#ended
    const { start, end } = await ranges.ends(topic, timeoutMs)
    if (signal.aborted) return
    // A little of what was before is read, too: positions name the record before them.
    this.hub.start = start
    this.hub.next = Math.max(start, end - lookBack)
    for (const { ring } of this.hub.all()) ring.reset(this.hub.next)
    this.#opensAt = end
    this.#openIfThere()
    const fail = (): void => this.#fail(new Error(`nothing could be read of ${topic}`))
    if (this.#opensAt !== undefined) this.#late = setTimeout(fail, timeoutMs)
    await ranges.tail(topic, this.hub.next, { signal, onChunk: (chunk) => this.#onChunk(chunk) })
  }

  #onChunk({ records, next, start }: RangeChunk): void {
    const { hub } = this
    if (start > hub.next || next < hub.next) {
      this.#options.onGap(this.#options.topic, hub.next, next)
      hub.lost(start > hub.next ? start : next)
      this.#opensAt &&= 0
    }
    hub.take(records, next)
    this.#openIfThere()
  }

  #openIfThere(): void {
    if (this.#opensAt === undefined || this.hub.next < this.#opensAt) return
    this.#opensAt = undefined
    clearTimeout(this.#late)
    this.#isOpen = true
    this.#open.resolve()
  }
}
