// Reads records of one topic in order into entries of channels, and keeps the hash of the last record.
import type { IncomingRecord } from '../delivery/ports.ts'
import { noRecord, recordHash } from '../session/position.ts'
import { type Entry, toEntry } from './entry.ts'
import type { ReadChannel, Wanted } from './read-channel.ts'

export type OnEntry = (entry: Entry, tenant: string, channel: string) => void

export class EntryReader {
  readonly #read: ReadChannel
  /** The last record, until its hash is needed: most never are. */
  #last: IncomingRecord | undefined
  #hash: number = noRecord

  constructor(read: ReadChannel) {
    this.#read = read
  }

  /** Of the last record; 0 if there was none. */
  get hash(): number {
    if (this.#last !== undefined) this.#hash = recordHash(this.#last.timestamp, this.#last.value)
    this.#last = undefined
    return this.#hash
  }

  take(record: IncomingRecord, wanted: Wanted, onEntry: OnEntry): void {
    let hash: number | undefined
    const hashOf = (): number => (hash ??= recordHash(record.timestamp, record.value))
    for (const message of this.#read(record, wanted, hashOf)) {
      const { partition, offset } = record
      const entry = toEntry({ partition, offset, before: this.hash, hash: hashOf() }, message)
      onEntry(entry, message.tenant, message.channel)
    }
    this.#last = record
    if (hash === undefined) return
    this.#last = undefined
    this.#hash = hash
  }

  /** A record that is for no channel. */
  pass(record: IncomingRecord): void {
    this.#last = record
  }

  /** The next record is not known to follow those before. */
  forget(): void {
    this.#last = undefined
    this.#hash = noRecord
  }
}
