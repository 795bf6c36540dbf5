// Windows and holdings of the in-memory registry.
import type { Rate } from '../config/units.ts'
import type { Counted } from '../limits/ports.ts'

type Leased = { isLive(slot: number, epoch: number): boolean }

export class MemoryLimits {
  readonly #windows = new Map<string, { count: number; readonly until: number }>()
  /** By key, then by slot and epoch. */
  readonly #held = new Map<string, Map<string, number>>()
  readonly #leases: Leased
  readonly #now: () => number

  constructor(leases: Leased, now: () => number) {
    this.#leases = leases
    this.#now = now
  }

  wipe(): void {
    this.#windows.clear()
    this.#held.clear()
  }

  add(name: string, key: string, { windowMs }: Rate, by: number): Counted {
    const at = this.#now()
    const found = this.#windows.get(`${name}:${key}`)
    const window = found !== undefined && found.until > at ? found : { count: 0, until: at + windowMs }
    window.count += by
    this.#windows.set(`${name}:${key}`, window)
    return { count: window.count, leftMs: window.until - at }
  }

  set(key: string, mine: number, { slot, epoch }: { slot: number; epoch: number }): number {
    const held = this.#held.get(key) ?? new Map<string, number>()
    this.#held.set(key, held)
    const own = `${slot} ${epoch}`
    held.set(own, mine)
    let sum = 0
    for (const [under, count] of held) {
      const [itsSlot = 0, itsEpoch = 0] = under.split(' ').map(Number)
      if (count > 0 && (under === own || this.#leases.isLive(itsSlot, itsEpoch))) sum += count
      else held.delete(under)
    }
    return sum
  }
}
