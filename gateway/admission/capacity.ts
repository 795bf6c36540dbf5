// How many sockets this node takes, and how many of them may still be strangers.

export type CapacityLimits = { readonly connections: number; readonly unauthenticated: number }

/** One socket's place. Both calls count once, whenever and however often they come. */
export type Seat = { authenticated(): void; leave(): void }

export class Capacity {
  readonly #limits: CapacityLimits
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
    if (this.#unauthenticated >= this.#limits.unauthenticated) return undefined
    this.#connections++
    this.#unauthenticated++
    let stranger = true
    let here = true
    const authenticated = (): void => {
      if (stranger) this.#unauthenticated--
      stranger = false
    }
    return {
      authenticated,
      leave: () => {
        authenticated()
        if (here) this.#connections--
        here = false
      },
    }
  }
}
