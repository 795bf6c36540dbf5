// Puts channels together: rules of the configuration, topics that are read while somebody here listens, and their bounds.
import { createChannels } from '../channels/channels.ts'
import { type ChannelCommand, doCommand } from '../channels/commands.ts'
import { createChannelFeeds } from '../channels/feeds.ts'
import { withGrants } from '../channels/grants.ts'
import type { Channels, Subscriber } from '../channels/ports.ts'
import { createReadChannel } from '../channels/read-channel.ts'
import { Sources } from '../channels/sources.ts'
import type { Timers } from '../channels/subscription.ts'
import type { Config } from '../config/settings.ts'
import type { Refusal } from '../errors.ts'
import type { Events } from '../events.ts'
import type { CheckToken } from '../inbound/greet.ts'
import type { LogRanges } from '../slots/ports.ts'
import { channelRules } from './channel-rules.ts'
import { toFeeds } from './feeds.ts'

export type ChannelParts = {
  readonly config: Config
  readonly ranges: LogRanges
  readonly wheel: Timers
  readonly events: Events
  readonly checkToken: CheckToken
}

export type ComposedChannels = {
  readonly channels: Channels
  /** Subscriptions of all connections. */
  readonly count: number
  /** Done as a backend says, whatever the rules. */
  onCommand(client: Subscriber, command: ChannelCommand, channel: string): void
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

export function composeChannels(parts: ChannelParts): ComposedChannels {
  const { config, ranges, wheel, events } = parts
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
    feeds: createChannelFeeds(toFeeds(config.feeds), (_feed, why, record) =>
      events.channelUnreadable(why, record),
    ),
  })
  const onRefused = ({ code }: Refusal): void => events.refused(code)
  const room = createChannels({ rules: channelRules(config, events.ruleFailed), sources, limits, onRefused })
  return {
    channels: withGrants(room, { checkToken: parts.checkToken, timers: wheel, onRefused }),
    get count() {
      return room.count
    },
    onCommand: (client, command, channel) => void doCommand(room, client, command, channel),
    topicOf: (channel) => room.topicOf(channel) ?? topics.channels,
    stop: () => sources.stop(),
  }
}
