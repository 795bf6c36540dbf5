// One timer for every deadline of every connection: setting and cancelling cost the same however many there are.

type Entry = { readonly due: number; readonly fire: () => void }

/** Fires up to one tick late, never early. Holds the process open no longer than needed. */
export class TimerWheel {
  readonly #tickMs: number
  readonly #spokes: Set<Entry>[]
  readonly #timer: NodeJS.Timeout
  readonly #now: () => number
  #turned: number

  constructor(tickMs = 100, spokes = 600, now: () => number = () => performance.now()) {
    this.#tickMs = tickMs
    this.#now = now
    this.#turned = Math.floor(now() / tickMs)
    this.#spokes = Array.from({ length: spokes }, () => new Set<Entry>())
    this.#timer = setInterval(() => this.turn(), tickMs)
    this.#timer.unref()
  }

  /** Calls `fire` once in `ms` milliseconds; the answer cancels. `fire` must not throw. */
  after(ms: number, fire: () => void): () => void {
    const entry = { due: this.#now() + Math.max(0, ms), fire }
    const spoke = this.#spokeOf(Math.floor(entry.due / this.#tickMs) + 1)
    spoke.add(entry)
    return () => void spoke.delete(entry)
  }

  /** Fires what is due. Called by the wheel's own timer. */
  turn(): void {
    const now = this.#now()
    const tick = Math.floor(now / this.#tickMs)
    // After a freeze every spoke is looked at once, not once for each missed tick.
    const from = Math.max(this.#turned + 1, tick - this.#spokes.length + 1)
    for (let at = from; at <= tick; at++) {
      const spoke = this.#spokeOf(at)
      for (const entry of spoke) {
        if (entry.due > now) continue
        spoke.delete(entry)
        entry.fire()
      }
    }
    this.#turned = tick
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #spokeOf(tick: number): Set<Entry> {
    return this.#spokes[tick % this.#spokes.length] as Set<Entry>
  }
}
