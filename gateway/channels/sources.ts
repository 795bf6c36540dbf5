// The topics that are read because somebody here listens to a channel of theirs, each with one reader.
import type { ChannelFeeds } from './feeds.ts'
import type { ChannelRule } from './rules.ts'
import { Source, type SourceOptions } from './source.ts'

export type SourcesOptions = Omit<SourceOptions, 'topic'> & {
  /** Milliseconds that a channel without subscribers, and a topic without channels, goes on being read. */
  readonly linger: number
  /** Topics that fill channels in place of their rule's topic. */
  readonly feeds?: ChannelFeeds
}

export class Sources {
  readonly #options: SourcesOptions
  readonly #sources = new Map<string, Source>()
  #stopRound: (() => void) | undefined

  constructor(options: SourcesOptions) {
    this.#options = options
  }

  /** The reader of a channel's topic: its feed's, else its rule's; started if there is none. */
  of({ topic }: Pick<ChannelRule, 'topic'>, tenant: string, channel: string): Source {
    const fed = this.#options.feeds?.of(tenant, channel)
    const name = fed === undefined ? topic : `${fed.feed.topic} (${fed.feed.name})`
    const found = this.#sources.get(name)
    if (found !== undefined && !found.ended) return found
    const { ranges, read } = this.#options
    const source = new Source({
      ...this.#options,
      topic,
      ...(fed && { topic: fed.feed.topic, ranges: fed.openLog(ranges), read: fed.reader(read) }),
    })
    this.#sources.set(name, source)
    this.#stopRound ??= this.#later()
    return source
  }

  /** Whether a feed fills this channel: then nobody reads what else is sent to it. */
  isFed(tenant: string, channel: string): boolean {
    return this.#options.feeds?.of(tenant, channel) !== undefined
  }

  /** Topics that are read now, with the feed where it is one's. */
  get topics(): readonly string[] {
    return [...this.#sources.keys()]
  }

  stop(): void {
    this.#stopRound?.()
    this.#stopRound = undefined
    for (const source of this.#sources.values()) source.stop()
    this.#sources.clear()
  }

  #later(): () => void {
    return this.#options.timers.after(this.#options.linger / 2, () => this.#round())
  }

  /** Lets go of what nobody has listened to for a while, and of messages that are too old. */
  #round(): void {
    const now = (this.#options.now ?? Date.now)()
    const idle = performance.now() - this.#options.linger
    for (const [topic, { hub, ended }] of this.#sources) {
      for (const channel of hub.all()) {
        channel.forgetJoins()
        channel.ring.expire(now)
        if (channel.idleSince !== undefined && channel.idleSince < idle) hub.remove(channel)
      }
      if (hub.count > 0 && !ended) continue
      this.#sources.get(topic)?.stop()
      this.#sources.delete(topic)
    }
    this.#stopRound = this.#sources.size > 0 ? this.#later() : undefined
  }
}
