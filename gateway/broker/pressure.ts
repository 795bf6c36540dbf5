// How full a publisher is: a hard limit on records and bytes, and two marks between which pressure neither starts nor ends.

export type Limits = { readonly count: number; readonly bytes: number }

/** Parts of the limits: pressure begins at the high mark and ends below the low one. */
const highMark = 0.75
const lowMark = 0.5

export class Pressure {
  readonly #limits: Limits
  readonly #listeners = new Set<(pressed: boolean) => void>()
  count = 0
  bytes = 0
  pressed = false

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Counts a record of `size` bytes in, or answers false when there is no room. An empty queue takes any record. */
  enter(size: number): boolean {
    if (this.count >= this.#limits.count) return false
    if (this.bytes + size > this.#limits.bytes && this.count > 0) return false
    this.count += 1
    this.bytes += size
    if (!this.pressed && this.#fullerThan(highMark)) this.#change(true)
    return true
  }

  leave(size: number): void {
    this.count -= 1
    this.bytes -= size
    if (this.pressed && !this.#fullerThan(lowMark)) this.#change(false)
  }

  /** Tells each change; the answer unregisters. */
  onChange(listener: (pressed: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #fullerThan(part: number): boolean {
    return this.count >= this.#limits.count * part || this.bytes >= this.#limits.bytes * part
  }

  #change(pressed: boolean): void {
    this.pressed = pressed
    for (const listener of this.#listeners) listener(pressed)
  }
}
