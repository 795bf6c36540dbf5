// When a position is confirmed: after so many deliveries or so much time, whichever comes first.

export type ConfirmPace = { readonly every: number; readonly afterMs: number }

export class Confirming {
  readonly #pace: ConfirmPace
  readonly #send: (position: string) => void
  #position: string | undefined
  #waiting = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(pace: ConfirmPace, send: (position: string) => void) {
    this.#pace = pace
    this.#send = send
  }

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

  /** The connection is gone; the next hello says how far we are. */
  reset(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#position = undefined
    this.#waiting = 0
  }
}
