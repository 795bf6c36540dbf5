// The sessions of this node: which connection each has now.

/** Connections here are all of sessions that are welcomed, or just about to be. */
export class Roster<Connection> {
  readonly #connections = new Map<string, Connection>()

  get size(): number {
    return this.#connections.size
  }

  find(session: string): Connection | undefined {
    return this.#connections.get(session)
  }

  all(): IterableIterator<Connection> {
    return this.#connections.values()
  }

  add(session: string, connection: Connection): void {
    this.#connections.set(session, connection)
  }

  /** Removes the session if this is still its connection. */
  remove(session: string, connection: Connection): boolean {
    return this.#connections.get(session) === connection && this.#connections.delete(session)
  }
}
