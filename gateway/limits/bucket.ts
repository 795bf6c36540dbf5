// A token bucket in whole numbers: what may come at once, and what may come over a longer time.
import type { Rate } from '../config/units.ts'

/** Something that says when more may come. Times are milliseconds of one clock that never goes back. */
export type Limit = {
  readonly name: string
  /** Milliseconds until `cost` may come; 0: now. Takes nothing. */
  wait(cost: number, now: number): number
  /** Counts it, also where it may not come yet: then what follows waits the longer. */
  take(cost: number, now: number): void
}

/**
 * One thing is `windowMs` parts, and each millisecond brings `count` of them: so nothing is ever rounded, and over any
 * time t at most `count + count * t / windowMs` come. What is larger than the whole bucket comes when it is full.
 */
export class Bucket implements Limit {
  readonly name: string
  readonly #count: number
  readonly #windowMs: number
  readonly #full: number
  #parts: number
  #at: number

  constructor(name: string, rate: Rate, now: number) {
    this.name = name
    this.#count = rate.count
    this.#windowMs = rate.windowMs
    this.#full = rate.count * rate.windowMs
    this.#parts = this.#full
    this.#at = Math.floor(now)
  }

  wait(cost: number, now: number): number {
    this.#fill(now)
    const needed = Math.min(cost * this.#windowMs, this.#full)
    return this.#parts >= needed ? 0 : Math.ceil((needed - this.#parts) / this.#count)
  }

  take(cost: number, now: number): void {
    this.#fill(now)
    this.#parts -= cost * this.#windowMs
  }

  #fill(now: number): void {
    const at = Math.floor(now)
    const passed = at - this.#at
    if (passed <= 0) return
    this.#at = at
    this.#parts = Math.min(this.#full, this.#parts + passed * this.#count)
  }
}
