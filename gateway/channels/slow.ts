// What waits for a client that reads too slowly, where its channel's policy is to let it miss some: bounded, newest kept.
import type { Entry } from './entry.ts'
import type { WhenSlow } from './rules.ts'

/** Bytes held for one client on all its channels. */
export type HeldTally = { bytes: number }

export class Held {
  bytes = 0
  /** Messages that were let go and that nobody was told of. */
  dropped = 0
  readonly #conflates: boolean
  readonly #maxBytes: number
  readonly #all: HeldTally
  readonly #maxAll: number
  readonly #entries = new Map<Entry, undefined>()
  readonly #newest = new Map<string, Entry>()

  /** At most `maxBytes` here, and `maxAll` in `all`, which the client's other channels count in, too. */
  constructor(
    policy: Exclude<WhenSlow, 'disconnect'>,
    maxBytes: number,
    all: HeldTally = { bytes: 0 },
    maxAll: number = maxBytes,
  ) {
    this.#conflates = policy === 'conflate'
    this.#maxBytes = maxBytes
    this.#all = all
    this.#maxAll = maxAll
  }

  get oldest(): Entry | undefined {
    return this.#entries.keys().next().value
  }

  add(entry: Entry): void {
    const { conflationKey } = entry
    if (this.#conflates && conflationKey !== undefined) {
      const older = this.#newest.get(conflationKey)
      if (older !== undefined) this.#drop(older)
      this.#newest.set(conflationKey, entry)
    }
    this.#entries.set(entry, undefined)
    this.#count(entry.bytes)
    while (this.#isOver && this.oldest !== undefined) this.#drop(this.oldest)
  }

  get #isOver(): boolean {
    return this.bytes > this.#maxBytes || this.#all.bytes > this.#maxAll
  }

  #count(bytes: number): void {
    this.bytes += bytes
    this.#all.bytes += bytes
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry)
    this.#count(-entry.bytes)
    this.dropped++
    const { conflationKey } = entry
    if (conflationKey !== undefined && this.#newest.get(conflationKey) === entry)
      this.#newest.delete(conflationKey)
  }

  dropAll(): void {
    for (const entry of this.#entries.keys()) this.#drop(entry)
  }

  /** The oldest, in the order of the log, until they have `bytes`; they are not held any more. */
  take(bytes: number): readonly Entry[] {
    const taken: Entry[] = []
    const { dropped } = this
    for (let left = bytes; left > 0; ) {
      const { oldest } = this
      if (oldest === undefined) break
      left -= oldest.bytes
      taken.push(oldest)
      this.#drop(oldest)
    }
    this.dropped = dropped
    return taken
  }

  /** How many messages were let go since this was asked last. */
  takeDropped(): number {
    const { dropped } = this
    this.dropped = 0
    return dropped
  }
}

/** The newest `count` messages; where they conflate, the newest of each key come first, older ones only where there is room. */
export function newest(entries: readonly Entry[], count: number, policy: WhenSlow): readonly Entry[] {
  if (policy !== 'conflate') return entries.slice(Math.max(0, entries.length - count))
  const seen = new Set<string>()
  const first: Entry[] = []
  const older: Entry[] = []
  for (const entry of entries.toReversed()) {
    const { conflationKey } = entry
    if (conflationKey !== undefined && seen.has(conflationKey)) older.push(entry)
    else first.push(entry)
    if (conflationKey !== undefined) seen.add(conflationKey)
  }
  return [...first, ...older].slice(0, count).toSorted((a, b) => a.offset - b.offset)
}
