// The channels of one topic that somebody listens to here, and what each record read from it becomes for them.
import type { IncomingRecord } from '../delivery/ports.ts'
import { Channel } from './channel.ts'
import { formatChannelPosition } from './channel-position.ts'
import { EntryReader, type OnEntry } from './entry-reader.ts'
import type { Told } from './member-records.ts'
import type { ReadChannel } from './read-channel.ts'
import type { ChannelRule } from './rules.ts'
import { TailRing } from './tail-ring.ts'

export type HubOptions = {
  readonly read: ReadChannel
  /** Whether a record says that somebody came to a channel or went. */
  readMember?(record: IncomingRecord): Told | undefined
  /** Messages and bytes of one channel's tail. */
  readonly tail: { readonly messages: number; readonly bytes: number }
  /** Bytes of all tails of this topic. */
  readonly allTails: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

const partition = 0

export class Hub {
  /** Everything before this offset was read. */
  next = 0
  /** The first offset of the log, as far as that is known. */
  start = 0
  /** Channels that are here, listened to or not. */
  count = 0
  readonly #options: HubOptions
  readonly #now: () => number
  readonly #tenants = new Map<string, Map<string, Channel>>()
  readonly #tally = { bytes: 0 }
  readonly #reader: EntryReader
  readonly #waiting = new Set<{ readonly offset: number; readonly resolve: (reached: boolean) => void }>()

  constructor(options: HubOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#reader = new EntryReader(options.read)
  }

  /** Where a client is that has everything so far. */
  get position(): string {
    return formatChannelPosition(partition, this.next, this.hash)
  }

  /** Of the last record that was read. */
  get hash(): number {
    return this.#reader.hash
  }

  find(tenant: string, name: string): Channel | undefined {
    return this.#tenants.get(tenant)?.get(name)
  }

  /** The channel, made if it is not here yet: its tail begins now. */
  channel(tenant: string, name: string, rule: ChannelRule): Channel {
    const found = this.find(tenant, name)
    if (found !== undefined) return found
    const limits = { ...this.#options.tail, age: rule.historyMs }
    const channel = new Channel(tenant, name, rule, new TailRing(this.next, limits, this.#tally))
    const channels = this.#tenants.get(tenant) ?? new Map<string, Channel>()
    this.#tenants.set(tenant, channels.set(name, channel))
    this.count++
    return channel
  }

  remove(channel: Channel): void {
    const channels = this.#tenants.get(channel.tenant)
    if (channels?.get(channel.name) !== channel) return
    channel.ring.reset(this.next)
    channels.delete(channel.name)
    if (channels.size === 0) this.#tenants.delete(channel.tenant)
    this.count--
  }

  *all(): Generator<Channel> {
    for (const channels of this.#tenants.values()) yield* channels.values()
  }

  /** True once everything before `offset` was read; false if that is not so within `timeoutMs`, or the log is another one. */
  async reaches(offset: number, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiting = { offset, resolve }
    const timeout = setTimeout(resolve, timeoutMs, false)
    this.#waiting.add(waiting)
    this.#tell()
    try {
      return await promise
    } finally {
      clearTimeout(timeout)
      this.#waiting.delete(waiting)
    }
  }

  #tell(): void {
    for (const { offset, resolve } of this.#waiting) if (offset <= this.next) resolve(true)
  }

  /** Records in the order of the log; `next` is the offset behind all that was read. */
  take(records: readonly IncomingRecord[], next: number): void {
    const touched: Channel[] = []
    const wanted = (tenant: string, name: string): boolean => this.find(tenant, name) !== undefined
    const now = this.#now()
    const onEntry: OnEntry = (entry, tenant, name) => {
      const channel = this.find(tenant, name)
      if (channel?.read(entry, now)) touched.push(channel)
    }
    for (const record of records) {
      const told = this.#options.readMember?.(record)
      if (told === undefined) this.#reader.take(record, wanted, onEntry)
      else {
        this.#reader.pass(record)
        this.find(told.tenant, told.channel)?.tell(told)
      }
    }
    this.next = next
    // Not kept until it is asked for: a record holds all that was fetched with it.
    void this.hash
    for (const channel of touched) channel.flush()
    this.#tell()
    if (this.#tally.bytes > this.#options.allTails) this.#shrink()
  }

  /** What was to be read next is gone: everybody is told, and it goes on at `next`. */
  lost(next: number): void {
    this.next = next
    this.start = next
    this.#reader.forget()
    for (const { resolve } of this.#waiting) resolve(false)
    for (const channel of this.all()) channel.lost(next, this.position)
  }

  /** Every tail gives its older part. */
  #shrink(): void {
    for (const { ring } of this.all()) {
      const left = ring.bytes / 2
      while (ring.bytes > left) ring.removeOldest()
    }
  }
}
