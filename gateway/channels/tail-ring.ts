// The newest messages of one channel, in memory: bounded in number, bytes and age, and sure of where it begins.
import type { Entry } from './entry.ts'

export type TailLimits = {
  /** Of one channel. */
  readonly messages: number
  readonly bytes: number
  /** Milliseconds. */
  readonly age: number
}

/** Bytes of many tails together. */
export type Tally = { bytes: number }

export class TailRing {
  /** All of the channel's messages from this offset on are here. */
  from: number
  #bytes = 0
  /** Clients that are being shown what is here: while there are any, age removes nothing. */
  readers = 0
  readonly #limits: TailLimits
  readonly #tally: Tally
  /** Those before `#first` were removed. */
  #entries: (Entry | undefined)[] = []
  #first = 0

  constructor(from: number, limits: TailLimits, tally: Tally = { bytes: 0 }) {
    this.from = from
    this.#limits = limits
    this.#tally = tally
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#entries.length - this.#first
  }

  /** `now` in milliseconds since the epoch. */
  push(entry: Entry, now: number): void {
    this.#entries.push(entry)
    this.#grow(entry.bytes)
    const { messages, bytes } = this.#limits
    while (this.count > messages || this.bytes > bytes) this.removeOldest()
    this.expire(now)
  }

  expire(now: number): void {
    if (this.readers > 0) return
    for (let oldest = this.oldest; oldest !== undefined; oldest = this.oldest) {
      if (oldest.time + this.#limits.age > now) return
      this.removeOldest()
    }
  }

  get oldest(): Entry | undefined {
    return this.#entries[this.#first]
  }

  removeOldest(): void {
    const { oldest } = this
    if (oldest === undefined) return
    this.#entries[this.#first++] = undefined
    this.#grow(-oldest.bytes)
    this.from = oldest.offset + 1
    if (this.#first * 2 < this.#entries.length) return
    this.#entries.splice(0, this.#first)
    this.#first = 0
  }

  /** Messages from before, read from the log: everything from `from` up to where this began. The newest that fit are kept. */
  extend(entries: readonly Entry[], from: number): void {
    const room = this.#limits.messages - this.count
    let first = entries.length
    let bytes = this.bytes
    while (first > 0 && entries.length - first < room) {
      const { bytes: more } = entries[first - 1] as Entry
      if (bytes + more > this.#limits.bytes) break
      bytes += more
      first--
    }
    const kept = entries.slice(first)
    this.#entries = [...kept, ...this.#entries.slice(this.#first)]
    this.#first = 0
    this.#grow(bytes - this.bytes)
    if (first === 0) this.from = from
    else if (first < entries.length) this.from = (entries[first - 1] as Entry).offset + 1
  }

  /** Forgets everything: what comes from `from` on is in another log, or behind a gap. */
  reset(from: number): void {
    this.#entries = []
    this.#first = 0
    this.#grow(-this.bytes)
    this.from = from
  }

  /** Messages from `offset` on, in order. All there are only if `from` is not above it. */
  since(offset: number): readonly Entry[] {
    return this.#entries.slice(this.#indexOf(offset)) as Entry[]
  }

  /** The newest `count`, in order. */
  last(count: number): readonly Entry[] {
    return this.#entries.slice(Math.max(this.#first, this.#entries.length - count)) as Entry[]
  }

  /** The first entry at or behind `offset`. */
  at(offset: number): Entry | undefined {
    return this.#entries[this.#indexOf(offset)]
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    this.#tally.bytes += bytes
  }

  #indexOf(offset: number): number {
    let low = this.#first
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle] as Entry).offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
