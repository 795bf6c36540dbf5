// Gathers what is written to each stream in one turn of the event loop, so that it costs one system call a stream.

/** The TCP or TLS stream beneath a WebSocket. */
export type Stream = {
  cork(): void
  uncork(): void
  write(bytes: Buffer, onWritten?: (failure?: Error | null) => void): boolean
  readonly destroyed: boolean
}

export class Flush {
  #streams: Stream[] = []
  readonly #corked = new Set<Stream>()

  /** Holds back the stream's writes until this turn is over. */
  soon(stream: Stream): void {
    if (this.#corked.has(stream)) return
    if (this.#streams.length === 0) process.nextTick(() => this.#flush())
    this.#corked.add(stream)
    this.#streams.push(stream)
    stream.cork()
  }

  #flush(): void {
    const streams = this.#streams
    this.#streams = []
    this.#corked.clear()
    for (const stream of streams) if (!stream.destroyed) stream.uncork()
  }
}
