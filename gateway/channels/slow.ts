// What waits for a client that reads too slowly, where its channel's policy is to let it miss some: bounded, newest kept.
import type { Entry } from './entry.ts'
import type { WhenSlow } from './rules.ts'

export class Held {
  bytes = 0
  /** Messages that were let go since the last `takeAll`. */
  dropped = 0
  readonly #conflates: boolean
  readonly #maxBytes: number
  readonly #entries = new Map<Entry, undefined>()
  readonly #newest = new Map<string, Entry>()

  constructor(policy: Exclude<WhenSlow, 'disconnect'>, maxBytes: number) {
    this.#conflates = policy === 'conflate'
    this.#maxBytes = maxBytes
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
    this.bytes += entry.bytes
    while (this.bytes > this.#maxBytes && this.oldest !== undefined) this.#drop(this.oldest)
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry)
    this.bytes -= entry.bytes
    this.dropped++
    const { conflationKey } = entry
    if (conflationKey !== undefined && this.#newest.get(conflationKey) === entry)
      this.#newest.delete(conflationKey)
  }

  dropAll(): void {
    for (const entry of this.#entries.keys()) this.#drop(entry)
  }

  /** What is left, in the order of the log, and how many are not; it is empty then. */
  takeAll(): { readonly entries: readonly Entry[]; readonly dropped: number } {
    const { dropped } = this
    const entries = [...this.#entries.keys()]
    this.#entries.clear()
    this.#newest.clear()
    this.bytes = 0
    this.dropped = 0
    return { entries, dropped }
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
