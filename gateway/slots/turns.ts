// Shares the event loop among many that have much to do: a few go on in each of its turns, the others stand in line.

/** How many go on in one turn, unless told. */
const few = 8

export class Turns {
  readonly #atATime: number
  readonly #line: (() => void)[] = []

  constructor(atATime = few) {
    this.#atATime = atATime
  }

  /** Resolves in a later turn of the event loop, in the order of the calls. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#line.push(resolve)
      if (this.#line.length === 1) setImmediate(() => this.#go())
    })
  }

  #go(): void {
    const going = this.#line.splice(0, this.#atATime)
    if (this.#line.length > 0) setImmediate(() => this.#go())
    for (const go of going) go()
  }
}
