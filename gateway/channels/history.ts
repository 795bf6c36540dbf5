// What a client has missed of a channel: from the tail in memory where it reaches back far enough, else read from the log.
import type { LogEnds, LogRanges } from '../slots/ports.ts'
import type { Channel } from './channel.ts'
import { type ChannelPosition, formatChannelPosition } from './channel-position.ts'
import type { Found } from './detour.ts'
import type { Hub } from './hub.ts'
import type { ReadChannel } from './read-channel.ts'
import { newest } from './slow.ts'
import { type Missing, Sweep, type SweepLimits, type Swept } from './sweep.ts'

/** Everything since a position, or the newest messages, at most so many. */
export type Wish = { readonly since: ChannelPosition } | { readonly last: number }

export type HistoryOptions = {
  readonly ranges: LogRanges
  readonly topic: string
  readonly hub: Hub
  readonly read: ReadChannel
  readonly limits: SweepLimits & {
    /** Records that are read at most to find what a client has missed. */
    readonly scan: number
  }
  /** Milliseconds without an answer of Kafka. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Offsets before a position in which the record that it knows is looked for: Kafka's own marks may stand between. */
export const lookBack = 64

type Asked = Missing & { readonly to: number; readonly answer: (swept: Swept | undefined) => void }

const notFound: Found = { recovered: false, entries: [], upTo: 0 }

export class History {
  readonly #options: HistoryOptions
  #asked: Asked[] = []
  #sweeping = false
  #ends: Promise<LogEnds> | undefined

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** Never rejects: what cannot be found is not recovered. The topic is read at the time. */
  find(channel: Channel, wish: Wish): Promise<Found> | Found {
    return 'since' in wish ? this.#since(channel, wish.since) : this.#last(channel, wish.last)
  }

  async #since(channel: Channel, since: ChannelPosition): Promise<Found> {
    const { hub, limits } = this.#options
    const { next, hash } = since
    if (since.partition !== 0) return notFound
    // Another node may have read further than this one has.
    if (next > hub.next && !(await this.#reaches(next))) return notFound
    const { ring } = channel
    const position = formatChannelPosition(since.partition, next, hash)
    const isKnown = next >= ring.from ? this.#isKnown(channel, since) : undefined
    if (isKnown === true) return { recovered: true, position, entries: ring.since(next), upTo: hub.next }
    if (isKnown === false || Math.max(ring.from, next) - next > limits.scan) return notFound
    const swept = await this.#sweep(channel, next, hash)
    if (!swept?.isKnown || swept.from > next) return notFound
    return { recovered: true, position, ...swept }
  }

  /** Whether the record before a position is the one it knows; undefined where that has to be read. */
  #isKnown({ ring }: Channel, { next, hash }: ChannelPosition): boolean | undefined {
    const { hub } = this.#options
    if (hash === 0) return true
    if (next === hub.next && hub.hash !== 0) return hub.hash === hash
    const entry = ring.at(next - 1)
    if (entry?.offset === next - 1) return entry.hash === hash
    return entry?.offset === next && entry.before !== 0 ? entry.before === hash : undefined
  }

  async #reaches(offset: number): Promise<boolean> {
    const { ranges, topic, hub, timeoutMs } = this.#options
    // Positions may be made up: many of them ask Kafka once.
    this.#ends ??= ranges.ends(topic, timeoutMs).finally(() => {
      this.#ends = undefined
    })
    try {
      const { end } = await this.#ends
      return end >= offset && (await hub.reaches(offset, timeoutMs))
    } catch {
      return false
    }
  }

  /** Looked for in what was read lately of the topic, at most `scan` records: a quiet channel's may be further back. */
  async #last(channel: Channel, count: number): Promise<Found> {
    const { hub, limits } = this.#options
    const { ring, rule } = channel
    const from = Math.max(hub.start, hub.next - limits.scan)
    let upTo = ring.from
    let all = ring.since(0)
    if (all.length < count && from < ring.from) {
      const swept = await this.#sweep(channel, from, 0)
      if (swept === undefined) return notFound
      upTo = swept.from
      all = [...swept.entries, ...ring.since(swept.upTo)]
    }
    const recovered = all.length >= count || upTo <= hub.start
    return { recovered, entries: newest(all, count, rule.whenSlow), upTo: hub.next }
  }

  /** Everything of the channel from `next` up to `upTo`, where its tail begins or before. */
  #sweep(
    channel: Channel,
    next: number,
    hash: number,
  ): Promise<(Swept & { readonly upTo: number }) | undefined> {
    const { hub } = this.#options
    const to = Math.max(next, channel.ring.from)
    const { tenant, name } = channel
    return new Promise((resolve) => {
      const answer = (swept: Swept | undefined): void => {
        if (swept === undefined) return resolve(undefined)
        // Others may have wanted more; that is in the tail already.
        const entries = swept.entries.filter(({ offset }) => offset < to)
        if (hub.find(tenant, name) === channel && to === channel.ring.from)
          channel.ring.extend(entries, swept.from)
        resolve({ ...swept, entries, upTo: to })
      }
      this.#asked.push({ tenant, channel: name, next, hash, to, answer })
      if (!this.#sweeping) void this.#sweepAll()
    })
  }

  /** One after the other; whoever comes meanwhile is in the next one. */
  async #sweepAll(): Promise<void> {
    const { hub } = this.#options
    this.#sweeping = true
    // A client that comes back asks for all its channels at once.
    await Promise.resolve()
    for (let all = this.#take(); all.length > 0; all = this.#take())
      for (const asked of overlapping(all)) {
        const sweep = await this.#run(asked)
        if (sweep !== undefined) hub.start = Math.max(hub.start, sweep.gone)
        // The first fills the tail for the others.
        for (const one of asked) one.answer(sweep?.of(one))
      }
    this.#sweeping = false
  }

  #take(): Asked[] {
    const asked = this.#asked
    this.#asked = []
    return asked
  }

  async #run(asked: readonly Asked[]): Promise<Sweep | undefined> {
    const { ranges, topic, read, limits, timeoutMs, signal } = this.#options
    const sweep = new Sweep(asked, read, limits)
    const first = Math.min(...asked.map(({ next }) => next))
    const to = Math.max(...asked.map((one) => one.to))
    const from = Math.max(0, first - lookBack)
    try {
      if (from < to)
        await ranges.read(topic, from, to, {
          timeoutMs,
          signal,
          onChunk: (chunk) => sweep.take(chunk, from),
        })
    } catch {
      return undefined
    }
    sweep.end()
    return sweep
  }
}

/** In groups whose parts of the log lie one over the other, each sorted: what nobody wants in between is not read. */
function overlapping(all: readonly Asked[]): readonly (readonly Asked[])[] {
  const groups: Asked[][] = []
  let end = -1
  for (const asked of all.toSorted((a, b) => a.next - b.next)) {
    if (groups.length === 0 || asked.next - lookBack > end) groups.push([])
    groups.at(-1)?.push(asked)
    end = Math.max(end, asked.to)
  }
  return groups
}
