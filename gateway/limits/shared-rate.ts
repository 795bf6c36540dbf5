// A rate over all nodes, counted in the shared store a few times a second and never waited for.
import type { Rate } from '../config/units.ts'
import type { Limit } from './bucket.ts'
import type { SharedWindows } from './ports.ts'

export type SharedRateOptions = {
  readonly name: string
  /** Whose it is. */
  readonly key: string
  readonly rate: Rate
  readonly windows: SharedWindows
  readonly now: () => number
  /** Calls back once, in so many milliseconds. */
  readonly after: (ms: number, then: () => void) => void
}

/** Milliseconds between two looks at what the other nodes have counted. */
const tellEveryMs = 100

/**
 * What was taken here is told while there is any; the answer says whether all nodes together are over. By as much as they
 * were over, before anyone knew, each of them waits longer: over a longer time it is the rate, and hardly more. Three nodes
 * that never stop get 1.1 times the rate.
 */
export class SharedRate implements Limit {
  readonly name: string
  readonly #options: SharedRateOptions
  #untold = 0
  #isDue = false
  #closedUntil = 0

  constructor(options: SharedRateOptions) {
    this.name = options.name
    this.#options = options
  }

  wait(_cost: number, now: number): number {
    return Math.max(0, Math.ceil(this.#closedUntil - now))
  }

  take(cost: number): void {
    this.#untold += cost
    if (this.#isDue) return
    this.#isDue = true
    this.#options.after(tellEveryMs, () => {
      void this.#tell()
        .catch(() => undefined)
        .finally(() => this.#told())
    })
  }

  async #tell(): Promise<void> {
    const { key, rate, windows, now } = this.#options
    const told = this.#untold
    this.#untold = 0
    const { count, leftMs } = await windows.add(this.name, key, rate, told)
    if (count >= rate.count) {
      const over = ((count - rate.count) * rate.windowMs) / rate.count
      this.#closedUntil = now() + leftMs + over
    }
  }

  #told(): void {
    this.#isDue = false
    if (this.#untold > 0) this.take(0)
  }
}
