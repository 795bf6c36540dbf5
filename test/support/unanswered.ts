// What a client has sent and nobody has answered: kept in the order it was made, sent again with the same id until it is.

export type Sendable = {
  readonly id: string
  readonly kind: 'publish' | 'request'
  readonly route: string
  readonly key?: string | undefined
  readonly sequence: number
  readonly payload: unknown
  readonly timeoutMs?: number | undefined
}

export type Entry = {
  readonly what: Sendable
  /** Number of the connection that it was sent on last; 0: none yet. */
  sentOn: number
}

/** `send` writes one entry to the connection there is now. */
export class Unanswered {
  readonly #entries = new Map<string, Entry>()
  readonly #later = new Set<NodeJS.Timeout>()
  readonly #send: (entry: Entry) => void

  constructor(send: (entry: Entry) => void) {
    this.#send = send
  }

  get size(): number {
    return this.#entries.size
  }

  add(what: Sendable): Entry {
    const entry = { what, sentOn: 0 }
    this.#entries.set(what.id, entry)
    return entry
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id)
  }

  /** Its ack, its last reply or a final refusal came. False for an id that waits for nothing. */
  answered(id: string): boolean {
    return this.#entries.delete(id)
  }

  /** Sends in order what was not yet sent on `connection`. */
  sendAll(connection: number): void {
    for (const entry of this.#entries.values()) if (entry.sentOn !== connection) this.#send(entry)
  }

  /** Sends it once more in a while, if it still waits and its connection is still `current`. */
  again(id: string, afterMs: number, current: () => number): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    const timer = setTimeout(() => {
      this.#later.delete(timer)
      if (this.#entries.get(id) === entry && entry.sentOn === current()) this.#send(entry)
    }, afterMs)
    this.#later.add(timer)
  }

  /** Frees the timers; what waits stays known. */
  stop(): void {
    for (const timer of this.#later) clearTimeout(timer)
    this.#later.clear()
  }
}
