// What of a log is settled: the offset before which nothing waits any more. That, and not what was read, is committed. Pure.

/** A record on its way to its targets; settled when none is left. */
export type Pending = { readonly offset: number; left: number }

/** Offsets begin in log order and settle in any. */
export class Watermark {
  readonly #queue: Pending[] = []
  #head = 0
  #next: number | undefined
  #waiting: (() => void)[] = []
  #abandoned = false

  /** Records begun and not yet passed: bounds what a slot keeps in memory. */
  get size(): number {
    return this.#queue.length - this.#head
  }

  /** Everything before this offset is settled; undefined before the first record. */
  get settled(): number | undefined {
    return this.#queue[this.#head]?.offset ?? this.#next
  }

  /** The slot was given up: what is not settled yet is for whoever has it next. */
  get abandoned(): boolean {
    return this.#abandoned
  }

  begin(offset: number): Pending {
    const pending = { offset, left: 1 }
    if (this.#abandoned) return pending
    this.#queue.push(pending)
    this.#next = offset + 1
    return pending
  }

  /** One more target for this record. */
  split(pending: Pending): void {
    pending.left++
  }

  /** One target of this record is done with: written, forwarded and acked, or reported. */
  settle(pending: Pending): void {
    pending.left--
    while ((this.#queue[this.#head]?.left ?? 1) <= 0) this.#head++
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head)
      this.#head = 0
    }
    if (this.#waiting.length > 0) this.#wake()
  }

  /** Resolves when fewer than `size` are pending. */
  async below(size: number): Promise<void> {
    while (this.size >= size) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** The slot is given up: whoever waits goes on, and `settled` stays where it is. */
  abandon(): void {
    this.#next = this.settled
    this.#abandoned = true
    this.#queue.length = 0
    this.#head = 0
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
