// When each absent session's time to come back is over.

/** What is known of a session that was here: what its end has to say. */
export type Window<Facts> = {
  readonly session: string
  /** Undefined for a session that this node has only heard of. */
  readonly facts: Facts | undefined
  readonly dueAt: number
}

/** Times are milliseconds of one clock. Of one session the earliest time that was given first counts. */
export class Windows<Facts> {
  readonly #windows = new Map<string, Window<Facts>>()

  get size(): number {
    return this.#windows.size
  }

  has(session: string): boolean {
    return this.#windows.has(session)
  }

  find(session: string): Window<Facts> | undefined {
    return this.#windows.get(session)
  }

  open(session: string, dueAt: number, facts?: Facts): void {
    const known = this.#windows.get(session)
    if (known !== undefined && facts === undefined) return
    this.#windows.delete(session)
    this.#windows.set(session, { session, facts, dueAt })
  }

  /** It came back, here or elsewhere, or is over. */
  close(session: string): Window<Facts> | undefined {
    const window = this.#windows.get(session)
    this.#windows.delete(session)
    return window
  }

  /** Takes out those whose time is over. */
  due(now: number): Window<Facts>[] {
    const over: Window<Facts>[] = []
    for (const window of this.#windows.values()) if (window.dueAt <= now) over.push(window)
    for (const { session } of over) this.#windows.delete(session)
    return over
  }

  /** Of those that were here. */
  *facts(): Generator<Facts> {
    for (const { facts } of this.#windows.values()) if (facts !== undefined) yield facts
  }
}
