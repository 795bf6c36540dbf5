// The sessions of this node: which connection each has now, and who waits for one that is just being opened.

/** Connections here are all of welcomed sessions. */
export class Roster<Connection> {
  readonly #connections = new Map<string, Connection>()
  readonly #opening = new Map<string, (() => void)[]>()

  get size(): number {
    return this.#connections.size
  }

  find(session: string): Connection | undefined {
    return this.#connections.get(session)
  }

  all(): IterableIterator<Connection> {
    return this.#connections.values()
  }

  /** From here to `opened` or `closed` the session is on its way: what comes for it waits. */
  opening(session: string): void {
    this.#opening.set(session, [])
  }

  /** True if the session is being opened; then `then` is called when that has ended either way. */
  whenOpened(session: string, then: () => void): boolean {
    const waiting = this.#opening.get(session)
    waiting?.push(then)
    return waiting !== undefined
  }

  add(session: string, connection: Connection): void {
    this.#connections.set(session, connection)
  }

  /** Ends the opening; those who waited go on, after what the caller has sent. */
  opened(session: string): void {
    const waiting = this.#opening.get(session) ?? []
    this.#opening.delete(session)
    for (const then of waiting) then()
  }

  /** Removes the session if this is still its connection. */
  remove(session: string, connection: Connection): boolean {
    return this.#connections.get(session) === connection && this.#connections.delete(session)
  }
}
