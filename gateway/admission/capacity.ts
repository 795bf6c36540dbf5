// How many sockets this node takes, and how many of them may still be strangers.

export type CapacityLimits = { readonly connections: number; readonly unauthenticated: number }

/** One socket's place. `authenticated` and `leave` count once, whenever and however often they come. */
export type Seat = {
  authenticated(): void
  leave(): void
  /**
   * From now on it is the stranger's turn. One that takes long gives way to a newcomer where there is no room for
   * strangers: `giveWay` begins its end, or answers false while the turn is ours.
   */
  waits(giveWay: () => boolean): void
}

/** Milliseconds that a stranger has for its turn even where others want its place: more than the way to any client and back. */
const patienceMs = 1_000

type Waiting = { readonly since: number; readonly giveWay: () => boolean }

export class Capacity {
  readonly #limits: CapacityLimits
  /** In the order in which they began to wait. */
  readonly #waiting = new Map<Seat, Waiting>()
  #connections = 0
  #unauthenticated = 0

  constructor(limits: CapacityLimits) {
    this.#limits = limits
  }

  get connections(): number {
    return this.#connections
  }

  get unauthenticated(): number {
    return this.#unauthenticated
  }

  /** A place for a socket that has shown nothing yet; undefined when there is none. */
  enter(): Seat | undefined {
    if (this.#connections >= this.#limits.connections) return undefined
    if (this.#unauthenticated >= this.#limits.unauthenticated && !this.#makeRoom()) return undefined
    this.#connections++
    this.#unauthenticated++
    let stranger = true
    let here = true
    const noStranger = (): void => {
      this.#waiting.delete(seat)
      if (stranger) this.#unauthenticated--
      stranger = false
    }
    const seat: Seat = {
      authenticated: noStranger,
      leave: () => {
        noStranger()
        if (here) this.#connections--
        here = false
      },
      waits: (giveWay) => {
        if (stranger) this.#waiting.set(seat, { since: performance.now(), giveWay })
      },
    }
    return seat
  }

  /** Those who only hold their place would keep everybody out with few sockets; so the one that took longest goes. */
  #makeRoom(): boolean {
    const now = performance.now()
    for (const [seat, { since, giveWay }] of this.#waiting) {
      if (now - since < patienceMs) return false
      this.#waiting.delete(seat)
      if (!giveWay()) {
        this.#waiting.set(seat, { since: now, giveWay })
        continue
      }
      // Its socket still takes one place of all until it is gone.
      seat.authenticated()
      return true
    }
    return false
  }
}
