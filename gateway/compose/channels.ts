// Puts channels together: rules of the configuration, topics that are read while somebody here listens, and their bounds.
import { type ChannelRoom, createChannels } from '../channels/channels.ts'
import { createReadChannel } from '../channels/read-channel.ts'
import { Sources } from '../channels/sources.ts'
import type { Timers } from '../channels/subscription.ts'
import type { Config } from '../config/settings.ts'
import type { Events } from '../events.ts'
import type { LogRanges } from '../slots/ports.ts'
import { channelRules } from './channel-rules.ts'

export type ChannelParts = {
  readonly config: Config
  readonly ranges: LogRanges
  readonly wheel: Timers
  readonly events: Events
}

export type ComposedChannels = {
  readonly channels: ChannelRoom
  /** The topic that messages of this channel are in, whether anybody may listen to it or not. */
  topicOf(channel: string): string
  stop(): void
}

/** Milliseconds without an answer of Kafka. */
const answerMs = 10_000
/** Milliseconds that a channel and its topic are read on without subscribers: many come back soon. */
const lingerMs = 30_000
/** Messages of one channel in memory, and records that are read to find what one client has missed. */
const mostMessages = 10_000
const mostRead = 100_000
/** How many full histories all channels of a topic may hold together. */
const fullHistories = 16

export function composeChannels({ config, ranges, wheel, events }: ChannelParts): ComposedChannels {
  const { limits, delivery, session, topics } = config
  const tail = { messages: mostMessages, bytes: limits.history }
  const allBytes = fullHistories * limits.history
  const sources = new Sources({
    ranges,
    timers: wheel,
    // A client that lags is slow long before it is given up.
    pace: { slowAt: limits.outbox / 4, held: limits.outbox / 2 },
    read: createReadChannel({
      maxTargets: delivery.maxTargets,
      secrets: session.secrets,
      maxSize: delivery.maxDeliverySize,
      onUnreadable: events.channelUnreadable,
    }),
    tail,
    allTails: allBytes,
    history: { ...tail, allBytes, scan: mostRead },
    timeoutMs: answerMs,
    linger: lingerMs,
    onGap: events.channelGap,
  })
  const channels = createChannels({
    rules: channelRules(config, events.ruleFailed),
    sources,
    limits,
    onRefused: ({ code }) => events.refused(code),
  })
  return {
    channels,
    topicOf: (channel) => channels.topicOf(channel) ?? topics.channels,
    stop: () => sources.stop(),
  }
}
