// The entries of a table, within bounds: what does not fit is told to those who listen, and remembered by its key alone.

type Listener = (key: string, value: Buffer | undefined) => void

/** The last record of a key whose value did not fit. */
type Missed = { readonly bytes: number; readonly offset: number }

/** There is room again below this share of the bounds. */
const roomShare = 0.9

export class TableEntries {
  readonly #most: { readonly entries: number; readonly bytes: number }
  readonly #entries = new Map<string, Buffer>()
  readonly #missed = new Map<string, Missed>()
  readonly #listeners = new Set<Listener>()
  #bytes = 0
  #missedBytes = 0
  /** Even the keys did not fit. */
  #lost = false

  constructor(most: { readonly entries: number; readonly bytes: number }) {
    this.#most = most
  }

  /** In words, for as long as something is not there. */
  get overfull(): string | undefined {
    const { entries, bytes } = this.#most
    const most = `it holds more than ${entries} entries or ${bytes} bytes: raise tables.entries or tables.size, or delete`
    if (this.#lost) return `${most} what is old and restart this node`
    return this.#missed.size > 0 ? `${most} what is old` : undefined
  }

  /** What did not fit would now. */
  get fitsAll(): boolean {
    const { entries, bytes } = this.#most
    const isFew = this.size + this.#missed.size <= roomShare * entries
    return (
      this.#missed.size > 0 && !this.#lost && isFew && this.#bytes + this.#missedBytes <= roomShare * bytes
    )
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Buffer | undefined {
    return this.#entries.get(key)
  }

  keys(): string[] {
    return [...this.#entries.keys(), ...this.#missed.keys()]
  }

  all(): Iterable<readonly [string, Buffer]> {
    return this.#entries
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  isMissed(key: string): boolean {
    return this.#missed.has(key)
  }

  /** The record at `offset`; undefined deletes. Listeners are told what is new to them. */
  set(key: string, value: Buffer | undefined, offset: number): void {
    const before = this.#entries.get(key)
    const isKnown = value === undefined ? !this.isMissed(key) && before === undefined : before?.equals(value)
    if (isKnown) return
    this.forget(key)
    if (value !== undefined) this.#keep(key, value, offset)
    for (const listener of this.#listeners) listener(key, value)
  }

  /** What did not fit was read again; nothing where another record of this key has come since. */
  putBack(key: string, value: Buffer, offset: number): void {
    if (this.#missed.get(key)?.offset !== offset) return
    this.forget(key)
    this.#keep(key, value, offset)
  }

  forget(key: string): void {
    const before = this.#entries.get(key)
    if (before !== undefined) this.#bytes -= sizeOf(key, before)
    this.#entries.delete(key)
    this.#missedBytes -= this.#missed.get(key)?.bytes ?? 0
    this.#missed.delete(key)
  }

  #keep(key: string, value: Buffer, offset: number): void {
    const { entries, bytes } = this.#most
    const size = sizeOf(key, value)
    if (this.size < entries && this.#bytes + size <= bytes) {
      // What was fetched comes in large pieces, and a part of one would keep all of it.
      // So would a part of the pool of Node.
      const copy = Buffer.allocUnsafeSlow(value.length)
      value.copy(copy)
      this.#entries.set(key, copy)
      this.#bytes += size
    } else if (this.#missed.size < entries) {
      this.#missed.set(key, { bytes: size, offset })
      this.#missedBytes += size
    } else this.#lost = true
  }
}

const sizeOf = (key: string, value: Buffer): number => key.length + value.length
