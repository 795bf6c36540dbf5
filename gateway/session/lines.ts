// Publishes in lines: what stands in one line reaches Kafka in its order, tried until it is there; no line waits for another.
import type { Publishable, Publisher, PublishFailure } from '../inbound/ports.ts'

/** Something of one or more records that stands in a line. */
export type Item = {
  /** Called once, when its turn comes: what only waits takes little memory. Must not throw. */
  toRecords(): readonly Publishable[]
  /** Given up when it is not in Kafka by then, in ms of `performance.now()`. */
  readonly deadline?: number
  /** Called once: it is in Kafka, or why not all of it is. Must not throw. */
  onEnd(failure: PublishFailure | undefined): void
}

/** Handed to the publisher at a time, so that whoever shares it is not kept waiting behind all of a backlog. */
const mostInFlight = 1_000
const firstPauseMs = 50
const longestPauseMs = 2_000

type Standing = { readonly item: Item; records: readonly Publishable[]; failure: PublishFailure | undefined }

const isHopeless = (failure: PublishFailure) => failure === 'route-unavailable' || failure === 'too-large'

/** Bounded by whoever adds, who looks at `size` first. */
export class Lines {
  readonly #publisher: Publisher
  readonly #lines = new Map<string, Standing[]>()
  /** Lines whose first may be sent, in two halves: the next is the last of `#next`, the newest the last of `#behind`. */
  #next: string[] = []
  #behind: string[] = []
  #size = 0
  #inFlight = 0
  #pauseMs = firstPauseMs
  #pausing: NodeJS.Timeout | undefined
  #ended = false
  #onEmpty: (() => void) | undefined

  constructor(publisher: Publisher) {
    this.#publisher = publisher
  }

  /** Items that stand in lines, those in flight included. */
  get size(): number {
    return this.#size
  }

  /** Puts an item at the end of a line. After `stop` it ends at once. */
  add(line: string, item: Item): void {
    if (this.#ended) return item.onEnd('broker-unavailable')
    const standing = { item, records: [], failure: undefined }
    this.#size += 1
    const before = this.#lines.get(line)
    if (before) before.push(standing)
    else {
      this.#lines.set(line, [standing])
      this.#behind.push(line)
      this.#go()
    }
  }

  /** Waits up to `timeoutMs` for what stands in lines, then gives up the rest; takes nothing more. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.#size > 0 && !this.#ended) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#onEmpty = resolve
      const timer = setTimeout(resolve, timeoutMs)
      await promise
      clearTimeout(timer)
    }
    this.#ended = true
    clearTimeout(this.#pausing)
    const left = [...this.#lines.values()].flat()
    this.#lines.clear()
    this.#size = 0
    for (const { item } of left) item.onEnd('broker-unavailable')
  }

  #go(): void {
    while (!this.#ended && this.#pausing === undefined && this.#inFlight < mostInFlight) {
      const line = this.#take()
      if (line === undefined) return
      this.#send(line)
    }
  }

  #take(): string | undefined {
    if (this.#next.length === 0) {
      this.#next = this.#behind.reverse()
      this.#behind = []
    }
    return this.#next.pop()
  }

  #send(line: string): void {
    const first = this.#lines.get(line)?.[0]
    if (first === undefined) return
    if ((first.item.deadline ?? Number.POSITIVE_INFINITY) <= performance.now())
      return this.#end(line, first, 'broker-unavailable')
    if (first.records.length === 0) first.records = first.item.toRecords()
    const [record, ...rest] = first.records
    if (record === undefined) return this.#end(line, first, undefined)
    this.#inFlight += 1
    const onFailure = (failure: PublishFailure): void => {
      this.#inFlight -= 1
      if (!isHopeless(failure)) return this.#pause(line)
      first.failure = failure
      this.#stored(line, first, rest)
    }
    const taken = this.#publisher.publish(record, (outcome) => {
      if (!outcome.ok) return onFailure(outcome.failure)
      this.#inFlight -= 1
      this.#pauseMs = firstPauseMs
      this.#stored(line, first, rest)
    })
    if (!taken) onFailure('broker-unavailable')
  }

  #stored(line: string, first: Standing, rest: readonly Publishable[]): void {
    first.records = rest
    if (rest.length === 0) this.#end(line, first, first.failure)
    else this.#behind.push(line)
    this.#go()
  }

  #end(line: string, first: Standing, failure: PublishFailure | undefined): void {
    // After `stop` everything has ended already.
    const standing = this.#lines.get(line)
    if (standing?.[0] !== first) return
    standing.shift()
    this.#size -= 1
    if (standing.length === 0) this.#lines.delete(line)
    else this.#behind.push(line)
    first.item.onEnd(failure)
    if (this.#size === 0) this.#onEmpty?.()
  }

  /** Kafka is away, or the publisher full: all wait, as what is sent next would fare the same. */
  #pause(line: string): void {
    this.#behind.push(line)
    if (this.#pausing !== undefined || this.#ended) return
    this.#pausing = setTimeout(() => {
      this.#pausing = undefined
      this.#go()
    }, this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }
}
