// The topics that are read because somebody here listens to a channel of theirs, each with one reader.
import type { ChannelRule } from './rules.ts'
import { Source, type SourceOptions } from './source.ts'

export type SourcesOptions = Omit<SourceOptions, 'topic'> & {
  /** Milliseconds that a channel without subscribers, and a topic without channels, goes on being read. */
  readonly linger: number
}

export class Sources {
  readonly #options: SourcesOptions
  readonly #sources = new Map<string, Source>()
  #stopRound: (() => void) | undefined

  constructor(options: SourcesOptions) {
    this.#options = options
  }

  /** The reader of a rule's topic; started if there is none. */
  of({ topic }: Pick<ChannelRule, 'topic'>): Source {
    const found = this.#sources.get(topic)
    if (found !== undefined && !found.ended) return found
    const source = new Source({ ...this.#options, topic })
    this.#sources.set(topic, source)
    this.#stopRound ??= this.#later()
    return source
  }

  /** Topics that are read now. */
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
