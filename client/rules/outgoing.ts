// Everything that waits for an answer, in the order in which it was asked for: what may be sent now, and what again.

export type Entry = {
  readonly id: string
  /** What has one order: a refused one holds back those behind it. */
  readonly lane: string
  sent: boolean
  /** Not to be sent again: the answer is on its way. */
  taken: boolean
  /** Milliseconds on the clock of the caller. */
  notBefore: number
  refusals: number
}

export class Outgoing<E extends Entry> {
  readonly #entries = new Map<string, E>()
  #notBefore = 0
  #onTheWay = 0

  get size(): number {
    return this.#entries.size
  }

  /** Sent on this connection and not answered. */
  get onTheWay(): number {
    return this.#onTheWay
  }

  add(entry: E): void {
    this.#entries.set(entry.id, entry)
  }

  get(id: string): E | undefined {
    return this.#entries.get(id)
  }

  /** It has its answer, or nobody waits for it any more. */
  take(id: string): E | undefined {
    const entry = this.#entries.get(id)
    if (entry?.sent) this.#onTheWay -= 1
    this.#entries.delete(id)
    return entry
  }

  /** Marks as sent, and answers, what may be sent at `now`, so that no more than `window` are on their way. */
  due(now: number, window: number): E[] {
    const due: E[] = []
    if (now < this.#notBefore) return due
    const held = new Set<string>()
    for (const entry of this.#entries.values()) {
      if (this.#onTheWay >= window) break
      if (entry.sent || entry.taken || held.has(entry.lane)) continue
      if (entry.notBefore > now) {
        held.add(entry.lane)
        continue
      }
      entry.sent = true
      this.#onTheWay += 1
      due.push(entry)
    }
    return due
  }

  /** When `due` is worth another look; undefined: only after an answer. */
  nextLook(now: number): number | undefined {
    let next = Infinity
    for (const { sent, taken, notBefore } of this.#entries.values()) {
      const at = Math.max(notBefore, this.#notBefore)
      // What may go and is held all the same goes after an answer, or behind the first of its lane.
      if (!sent && !taken && at > now) next = Math.min(next, at)
    }
    return next < Infinity ? next : undefined
  }

  /** It could not be sent after all. */
  unsend(entry: E): void {
    if (entry.sent) this.#onTheWay -= 1
    entry.sent = false
  }

  /** It was refused for now. `all`: so is everything else. */
  again(entry: E, notBefore: number, all: boolean): void {
    this.unsend(entry)
    entry.refusals += 1
    if (all) this.#notBefore = Math.max(this.#notBefore, notBefore)
    else entry.notBefore = notBefore
  }

  /** The connection is gone: what was on its way is sent again on the next. */
  lost(): void {
    this.#onTheWay = 0
    this.#notBefore = 0
    for (const entry of this.#entries.values()) {
      entry.sent = false
      entry.notBefore = 0
    }
  }

  all(): E[] {
    return [...this.#entries.values()]
  }
}
