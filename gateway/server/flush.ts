// Gathers what is written to each stream in one turn of the event loop, so that it costs one system call a stream.

/** The TCP or TLS stream beneath a WebSocket. */
export type Stream = {
  cork(): void
  uncork(): void
  write(bytes: Buffer, onWritten?: (failure?: Error | null) => void): boolean
  readonly destroyed: boolean
  readonly writable: boolean
  /** Bytes that the kernel does not have yet. */
  readonly writableLength: number
}

export class Flush {
  #streams: Stream[] = []
  readonly #corked = new Set<Stream>()
  #turn = 1
  #ends = false

  /** Holds back the stream's writes until this turn is over. */
  soon(stream: Stream): void {
    if (this.#corked.has(stream)) return
    this.turn()
    this.#corked.add(stream)
    this.#streams.push(stream)
    stream.cork()
  }

  /** A number that is another one in each turn. */
  turn(): number {
    if (!this.#ends) process.nextTick(() => this.#flush())
    this.#ends = true
    return this.#turn
  }

  #flush(): void {
    this.#turn++
    this.#ends = false
    const streams = this.#streams
    this.#streams = []
    this.#corked.clear()
    for (const stream of streams) if (!stream.destroyed) stream.uncork()
  }
}
