// What admission needs of the log: small tables that every node reads to their end and follows, such as keys and revocations.

/** A compacted topic of one partition as a table: the newest value of each key. */
export type Table = {
  /** Resolves once everything that was there when the reading began has been read; rejects when `signal` aborts before. */
  ready(signal: AbortSignal): Promise<void>
  /** Undefined: no such key, or it was deleted. */
  get(key: string): Buffer | undefined
  readonly size: number
  /** Told each change after it can be seen by `get`, those of the first reading included; the answer unregisters. */
  onChange(listener: (key: string, value: Buffer | undefined) => void): () => void
}
