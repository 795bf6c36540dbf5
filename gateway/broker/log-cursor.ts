// A place in one partition's log that moves on as it is read: fetches, leaves out what does not count, sees what is gone.
import { crc32 } from 'node:zlib'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { LogEnds } from '../slots/ports.ts'
import { BrokerFailure, kindOfCode } from './failure.ts'
import { type Aborted, type Fetched, fetchExchange } from './fetch.ts'
import {
  type FetchedBatch,
  isAbort,
  isControl,
  isTransactional,
  readRecords,
  unpack,
} from './fetched-batch.ts'
import { leaderOf, readLogEnds } from './log-ends.ts'
import type { Places } from './places.ts'
import type { Cursor, Step } from './range-reading.ts'
import type { Wire } from './wire.ts'

/** Bytes of one fetch, and of unpacked records in one step: more would hold up everything else of this process. */
const maxBytes = 1024 ** 2

export type CursorOptions = {
  /** For single requests. */
  readonly wire: Wire
  readonly places: Places
  /** For fetches. */
  readonly fetches: Wire
  readonly topic: string
  readonly partition: number
  readonly from: number
}

export class LogCursor implements Cursor {
  next: number
  readonly #options: CursorOptions
  #fetched: { start: number; highWatermark: number } = { start: 0, highWatermark: 0 }
  #batches: FetchedBatch[] = []
  #aborted: Aborted[] = []
  readonly #aborting = new Set<bigint>()
  /** Of the last record that was read. */
  #last: { readonly offset: number; readonly mark: string } | undefined
  /** Kafka was away, or had no such topic: since then another log may stand in the place of this one. */
  #mayBeAnother = false

  constructor(options: CursorOptions) {
    this.#options = options
    this.next = options.from
  }

  get hasMore(): boolean {
    return this.#batches.length > 0
  }

  async step(maxWaitMs: number, to = Number.POSITIVE_INFINITY): Promise<Step> {
    if (this.#batches.length === 0) {
      const gone = await this.#gone(maxWaitMs)
      if (gone) return { records: [], start: gone.start, highWatermark: gone.end, gone }
    }
    const records: IncomingRecord[] = []
    let room = maxBytes
    let whole = 0
    let next = this.next
    try {
      while (room > 0 && next < to) {
        const batch = this.#batches[0]
        if (batch === undefined) break
        if (this.#counts(batch)) {
          const bytes = await unpack(batch)
          readRecords(batch, bytes, this.#options, { from: next, to }, records)
          whole = records.length
          room -= bytes.length
        }
        next = Math.max(next, batch.nextOffset)
        this.#batches.shift()
      }
    } catch (failed) {
      this.#batches = []
      records.length = whole
      // What came before is handed on; the next step meets the trouble again.
      if (next === this.next)
        throw new BrokerFailure('unknown', `a batch cannot be read: ${(failed as Error).message}`)
    }
    this.next = next
    const last = records.at(-1)
    if (last !== undefined) this.#last = { offset: last.offset, mark: markOf(last) }
    return { records, ...this.#fetched }
  }

  async #gone(maxWaitMs: number): Promise<LogEnds | undefined> {
    const { wire, places, topic, partition } = this.#options
    try {
      const isAnother = this.#mayBeAnother && !(await this.#isSame())
      this.#mayBeAnother = false
      const gone = isAnother
        ? await readLogEnds(wire, places, topic, partition)
        : await this.#fetch(this.next, maxWaitMs)
      if (gone) this.#last = undefined
      return gone
    } catch (failed) {
      this.#mayBeAnother = true
      places.outdate(topic)
      throw failed
    }
  }

  /** A log made anew may already be as long as the old one: the last record that was read tells them apart. */
  async #isSame(): Promise<boolean> {
    const last = this.#last
    if (last === undefined || last.offset >= this.next) return true
    // Where that one is gone, the next fetch tells whether more is.
    if (await this.#fetch(last.offset, 0)) return true
    const [batch] = this.#batches
    this.#batches = []
    if (batch === undefined)
      throw new BrokerFailure('busy', `nothing to be read at offset ${last.offset} yet`)
    const found: IncomingRecord[] = []
    const range = { from: last.offset, to: last.offset + 1 }
    readRecords(batch, await unpack(batch), this.#options, range, found)
    return found[0] !== undefined && markOf(found[0]) === last.mark
  }

  async #fetch(offset: number, maxWaitMs: number): Promise<LogEnds | undefined> {
    const { wire, places, fetches, topic, partition } = this.#options
    const leader = await leaderOf(places, topic, partition)
    const args = { topic, partition, offset, maxBytes, maxWaitMs }
    const fetched = (await fetches.exchange(leader, fetchExchange(args), () => true)) as Fetched
    const kind = fetched.code === 0 ? undefined : kindOfCode(fetched.code)
    if (kind === 'out-of-range') {
      const ends = await readLogEnds(wire, places, topic, partition)
      if (offset < ends.start || offset > ends.end) return ends
    }
    if (kind !== undefined) throw new BrokerFailure(kind, `error code ${fetched.code} for ${topic}`)
    this.#fetched = { start: fetched.start, highWatermark: fetched.highWatermark }
    this.#batches = [...fetched.batches]
    this.#aborted = fetched.aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
    this.#aborting.clear()
    return undefined
  }

  /** Whether a batch has records for anyone: not Kafka's own, nor those of a transaction that was aborted. */
  #counts(batch: FetchedBatch): boolean {
    for (;;) {
      const begun = this.#aborted[0]
      if (begun === undefined || begun.firstOffset >= batch.nextOffset) break
      this.#aborting.add(begun.producerId)
      this.#aborted.shift()
    }
    if (isControl(batch)) {
      if (isAbort(batch)) this.#aborting.delete(batch.producerId)
      return false
    }
    return !(isTransactional(batch) && this.#aborting.has(batch.producerId))
  }
}

const markOf = ({ timestamp, value }: IncomingRecord): string => `${timestamp} ${crc32(value ?? '')}`
