// Reads a part of a topic once for everyone who has missed something in it: which messages, and whether each knew this log.
import { noRecord } from '../session/position.ts'
import type { RangeChunk } from '../slots/ports.ts'
import type { Entry } from './entry.ts'
import { EntryReader, type OnEntry } from './entry-reader.ts'
import type { ReadChannel, Wanted } from './read-channel.ts'

/** A channel's messages from offset `next` on. `hash`: of the record before it, as whoever wants them knows it; or 0. */
export type Missing = {
  readonly tenant: string
  readonly channel: string
  readonly next: number
  readonly hash: number
}

export type SweepLimits = {
  /** Messages and bytes of one channel that are kept, and bytes of all. */
  readonly messages: number
  readonly bytes: number
  readonly allBytes: number
}

/** `isKnown`: the hash is that of the record before. From offset `from` on, `entries` are all there are. */
export type Swept = { readonly isKnown: boolean; readonly from: number; readonly entries: readonly Entry[] }

type Collected = { entries: Entry[]; first: number; bytes: number; from: number }

export class Sweep {
  readonly #limits: SweepLimits
  readonly #reader: EntryReader
  readonly #collected = new Map<string, Map<string, Collected>>()
  /** Those whose place was not passed yet, the first one last. */
  readonly #ahead: Missing[]
  readonly #known = new Set<Missing>()
  /** The first offset of the log, where what was to be read began before it. */
  #gone = 0
  #bytes = 0
  readonly #wanted: Wanted = (tenant, channel) => this.#of(tenant, channel) !== undefined
  readonly #onEntry: OnEntry = (entry, tenant, channel) => this.#collect(this.#of(tenant, channel), entry)

  constructor(missing: readonly Missing[], read: ReadChannel, limits: SweepLimits) {
    this.#limits = limits
    this.#reader = new EntryReader(read)
    this.#ahead = missing.toSorted((a, b) => b.next - a.next)
    for (const { tenant, channel, next } of this.#ahead) {
      const channels = this.#collected.get(tenant) ?? new Map<string, Collected>()
      // Those that want more come later.
      this.#collected.set(tenant, channels.set(channel, { entries: [], first: 0, bytes: 0, from: next }))
    }
  }

  /** The log does not begin before this offset. */
  get gone(): number {
    return this.#gone
  }

  /** The next part; the first one begins at `from`, or where the log does. */
  take({ records, start }: RangeChunk, from: number): void {
    if (start > from) this.#gone = start
    for (const record of records) {
      this.#pass(record.offset)
      this.#reader.take(record, this.#wanted, this.#onEntry)
    }
  }

  /** Everything was read. */
  end(): void {
    this.#pass(Number.POSITIVE_INFINITY)
  }

  of(missing: Missing): Swept {
    const collected = this.#of(missing.tenant, missing.channel)
    const from = Math.max(missing.next, this.#gone, collected?.from ?? 0)
    const entries = collected?.entries.slice(collected.first).filter(({ offset }) => offset >= from) ?? []
    return { isKnown: this.#known.has(missing), from, entries }
  }

  #of(tenant: string, channel: string): Collected | undefined {
    return this.#collected.get(tenant)?.get(channel)
  }

  /** Whoever begins at or before `offset` has the record that was read last before theirs, or another log. */
  #pass(offset: number): void {
    for (;;) {
      const missing = this.#ahead.at(-1)
      if (missing === undefined || missing.next > offset) return
      this.#ahead.pop()
      const { next, hash } = missing
      // The log was cut exactly there: the record before is gone, and nothing behind it.
      const isCutThere = next > 0 && next === this.#gone
      if (hash === noRecord || hash === this.#reader.hash || isCutThere) this.#known.add(missing)
    }
  }

  #collect(into: Collected | undefined, entry: Entry): void {
    if (into === undefined || entry.offset < into.from) return
    into.entries.push(entry)
    this.#grow(into, entry.bytes)
    const { messages, bytes, allBytes } = this.#limits
    while (into.entries.length - into.first > messages || into.bytes > bytes || this.#bytes > allBytes) {
      const oldest = into.entries[into.first]
      if (oldest === undefined) return
      into.first++
      into.from = oldest.offset + 1
      this.#grow(into, -oldest.bytes)
      if (into.first * 2 < into.entries.length) continue
      into.entries = into.entries.slice(into.first)
      into.first = 0
    }
  }

  #grow(collected: Collected, bytes: number): void {
    collected.bytes += bytes
    this.#bytes += bytes
  }
}
