// From what is pushed to what is asked for: an async iterator with a bounded store that says when each was handled.

type Held<T> = { readonly value: T; readonly handled: () => void }
type Waiting<T> = { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void }

export class Stream<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #limit: number
  readonly #onEnd: () => void
  #held: Held<T>[] = []
  #waiting: Waiting<T>[] = []
  /** Tells that the one given out last was handled. */
  #last: (() => void) | undefined
  #ended: { readonly error?: unknown } | undefined

  /** Holds up to `limit`; `onEnd` is called once, whoever ends it. */
  constructor(limit: number, onEnd: () => void = () => {}) {
    this.#limit = limit
    this.#onEnd = onEnd
  }

  /** `handled` is called when the reader is through with it. Answers how many of the oldest had to go to make room. */
  push(value: T, handled: () => void = () => {}): number {
    if (this.#ended) {
      handled()
      return 0
    }
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      this.#last = handled
      waiting.resolve({ done: false, value })
      return 0
    }
    this.#held.push({ value, handled })
    const gone = this.#held.length > this.#limit ? this.#held.splice(0, this.#held.length - this.#limit) : []
    for (const each of gone) each.handled()
    return gone.length
  }

  /** Nothing more comes; what is held is still given out, and then `error` is thrown if there is one. */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = error === undefined ? {} : { error }
    for (const waiting of this.#waiting.splice(0)) this.#finish(waiting)
    this.#onEnd()
  }

  next(): Promise<IteratorResult<T, undefined>> {
    this.#passed()
    const held = this.#held.shift()
    if (held !== undefined) {
      this.#last = held.handled
      return Promise.resolve({ done: false, value: held.value })
    }
    return new Promise((resolve, reject) => {
      if (this.#ended) this.#finish({ resolve, reject })
      else this.#waiting.push({ resolve, reject })
    })
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#passed()
    for (const { handled } of this.#held.splice(0)) handled()
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #passed(): void {
    const last = this.#last
    this.#last = undefined
    last?.()
  }

  #finish({ resolve, reject }: Waiting<T>): void {
    const { error } = this.#ended ?? {}
    // Once: who asks again after a failure is told that it is over.
    this.#ended = {}
    if (error === undefined) resolve({ done: true, value: undefined })
    else reject(error)
  }
}

/** Calls `handle` for each, one after the other; what it throws goes to `failed`, and the next one comes. */
export async function handleEach<T>(
  stream: AsyncIterable<T>,
  handle: (value: T) => unknown,
  failed: (error: unknown) => void,
): Promise<void> {
  try {
    for await (const value of stream) {
      try {
        await handle(value)
      } catch (error) {
        failed(error)
      }
    }
  } catch (error) {
    failed(error)
  }
}

/** Calls `then` at the abort, also one that was. Answers how to forget it. */
export function onAbort(signal: AbortSignal | undefined, then: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {}
  const abort = () => then(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}
