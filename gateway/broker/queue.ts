// First in, first out, with cheap removal in front: the records of a lane that wait for the batch in flight.
import type { Entry } from './entry.ts'

/** Taken records are cut off once they are this many and half of all. */
const cutFrom = 1_024

/** Bounded by the publisher's `Pressure`, not by itself. */
export class Queue {
  #entries: Entry[] = []
  #head = 0

  get length(): number {
    return this.#entries.length - this.#head
  }

  push(entry: Entry): void {
    this.#entries.push(entry)
  }

  /** The next batch: at least one record if there is one, at most `count`, and `bytes` unless the first alone is more. */
  take(count: number, bytes: number): Entry[] {
    let room = bytes
    let end = this.#head
    for (; end < this.#entries.length && end - this.#head < count; end++) {
      room -= (this.#entries[end] as Entry).size
      if (room < 0 && end > this.#head) break
    }
    return this.#cut(end)
  }

  /** Takes those in front whose deadline is over. All wait equally long, so the front is the oldest. */
  takeExpired(now: number): Entry[] {
    let end = this.#head
    while (end < this.#entries.length && (this.#entries[end] as Entry).deadline <= now) end++
    return this.#cut(end)
  }

  #cut(end: number): Entry[] {
    const taken = this.#entries.slice(this.#head, end)
    this.#head = end
    if (this.#head === this.#entries.length) {
      this.#entries = []
      this.#head = 0
    } else if (this.#head >= cutFrom && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return taken
  }
}
