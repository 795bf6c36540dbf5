// When a client confirms: after so many deliveries or so much time, whichever comes first.

export type Pace = {
  /** Deliveries after which a confirm is due. */
  readonly every: number
  /** Milliseconds after the first unconfirmed one. */
  readonly afterMs: number
}

export class Confirming {
  readonly #pace: Pace
  readonly #send: (position: string) => void
  #position: string | undefined
  #waiting = 0
  #timer: NodeJS.Timeout | undefined

  constructor(pace: Pace, send: (position: string) => void) {
    this.#pace = pace
    this.#send = send
  }

  /** Everything up to `position` has been handled. Heartbeats count as deliveries do: they too may settle something. */
  handled(position: string): void {
    this.#position = position
    this.#waiting += 1
    if (this.#waiting >= this.#pace.every) return this.flush()
    this.#timer ??= setTimeout(() => this.flush(), this.#pace.afterMs)
  }

  flush(): void {
    const position = this.#position
    this.reset()
    if (position !== undefined) this.#send(position)
  }

  /** The connection is gone: what was not confirmed on it is told by the resume. */
  reset(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#position = undefined
    this.#waiting = 0
  }
}
