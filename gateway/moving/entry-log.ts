// The unsettled deliveries of a log by their offsets: appended at the end, taken out anywhere, cheaper than a map.

type Held = { readonly offset: number; settled: boolean }

/** Holds those whose `settled` is false; up to as many again, and 1,024, are kept until they are swept out together. */
export class EntryLog<Entry extends Held> {
  #items: Entry[] = []
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The lowest offset; undefined where there is none. */
  get first(): number | undefined {
    return this.#items[this.#head]?.offset
  }

  /** Its offset is above all others. */
  add(entry: Entry): void {
    this.#items.push(entry)
    this.#size++
  }

  /** One that is held is settled from now on. */
  settle(entry: Entry): void {
    entry.settled = true
    this.#size--
    while (this.#items[this.#head]?.settled === true) this.#head++
    if (this.#items.length > 2 * this.#size + 1024) {
      this.#items = this.#size === 0 ? [] : this.#items.filter(({ settled }) => !settled)
      this.#head = 0
    }
  }

  get(offset: number): Entry | undefined {
    const items = this.#items
    let low = this.#head
    let high = items.length - 1
    // Most often it is the last.
    for (let at = high; low <= high; at = (low + high) >> 1) {
      const entry = items[at]
      if (entry === undefined) return undefined
      if (entry.offset === offset) return entry.settled ? undefined : entry
      if (entry.offset < offset) low = at + 1
      else high = at - 1
    }
    return undefined
  }

  has(offset: number): boolean {
    return this.get(offset) !== undefined
  }

  *values(): Generator<Entry> {
    for (const entry of this.#items.slice(this.#head)) if (!entry.settled) yield entry
  }
}
