// What admission needs of the log: small tables that every node reads to their end and follows, such as keys and revocations.

/**
 * A compacted topic of one partition as a table: the newest value of each key. It is bounded: where the topic holds more,
 * `trouble` says so for as long as that lasts, and what did not fit is told to listeners but not found by `get`.
 */
export type Table = {
  /** Begins to read. Resolves once everything that was there by then has been read; rejects when `signal` aborts before. */
  ready(signal: AbortSignal): Promise<void>
  /** Why it cannot be relied on, for people; undefined: it holds all that was there when last looked. */
  readonly trouble: string | undefined
  /** Undefined: no such key, or it was deleted. */
  get(key: string): Buffer | undefined
  entries(): Iterable<readonly [string, Buffer]>
  readonly size: number
  /** Told each change after it can be seen by `get`, those of the first reading included; the answer unregisters. */
  onChange(listener: (key: string, value: Buffer | undefined) => void): () => void
  /** Lets go of an entry that no longer counts; listeners are not told. */
  forget(key: string): void
  /**
   * True once everything has been read that was in the topic when this was called; false where that cannot be known
   * within `timeoutMs`. Never rejects.
   */
  current(timeoutMs: number): Promise<boolean>
}

/** Tickets that were given out and not used, each under a hash of it. Every call rejects while the store is away. */
export type Tickets = {
  /** Keeps what the ticket stands for, for `ttlMs`. */
  put(hash: string, value: string, ttlMs: number): Promise<void>
  /** Answers it once and never again, whoever else asks at the same time; undefined: used, too old, or never given. */
  take(hash: string): Promise<string | undefined>
  /** Answers it and leaves it there. */
  look(hash: string): Promise<string | undefined>
}
