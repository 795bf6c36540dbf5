// Puts channels together: rules of the configuration, topics that are read while somebody here listens, and their bounds.
import { type ChannelRoom, createChannels } from '../channels/channels.ts'
import { doCommand } from '../channels/commands.ts'
import { createChannelFeeds } from '../channels/feeds.ts'
import { type GrantDeps, withGrants } from '../channels/grants.ts'
import { readMemberRecord } from '../channels/member-records.ts'
import type { Channels } from '../channels/ports.ts'
import type { MemberPresence } from '../channels/presence.ts'
import { createReadChannel } from '../channels/read-channel.ts'
import { Sources } from '../channels/sources.ts'
import type { Refusal } from '../errors.ts'
import type { ChannelCommands } from '../slots/hand-over.ts'
import type { LogRanges } from '../slots/ports.ts'
import { channelRules } from './channel-rules.ts'
import { feedsOf } from './feeds.ts'
import { composePresence, type PresenceParts } from './presence.ts'

export type ChannelParts = PresenceParts &
  Pick<GrantDeps, 'checkToken'> & {
    readonly ranges: LogRanges
  }

export type ComposedChannels = {
  /** For clients: with grants. */
  readonly channels: Channels
  readonly presence: MemberPresence
  /** What backends have done with subscriptions. */
  readonly command: ChannelCommands
  /** Subscriptions of all connections. */
  count(): number
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
  const { config, ranges, wheel, events, checkToken } = parts
  const { limits, delivery, session, topics } = config
  const tail = { messages: mostMessages, bytes: limits.history }
  const allBytes = fullHistories * limits.history
  const sources = new Sources({
    ranges,
    timers: wheel,
    // A client that lags is slow long before it is given up.
    pace: { slowAt: limits.outbox / 4, held: limits.outbox / 2, heldOfAll: limits.outbox },
    read: createReadChannel({
      maxTargets: delivery.maxTargets,
      secrets: session.secrets,
      maxSize: delivery.maxDeliverySize,
      onUnreadable: events.channelUnreadable,
    }),
    readMember: (record) => readMemberRecord(record, session.secrets),
    feeds: createChannelFeeds(feedsOf(config), ({ name }, why, record) =>
      events.feedUnfit(name, why, record),
    ),
    tail,
    allTails: allBytes,
    history: { ...tail, allBytes, scan: mostRead },
    timeoutMs: answerMs,
    linger: lingerMs,
    onGap: events.channelGap,
  })
  const presence = composePresence(parts, (channel) => room.topicOf(channel))
  const onRefused = ({ code }: Refusal): void => events.refused(code)
  const room: ChannelRoom = createChannels({
    rules: channelRules(config, events.ruleFailed),
    sources,
    limits,
    presence,
    onRefused,
  })
  return {
    channels: withGrants(room, { checkToken, timers: wheel, onRefused }),
    presence,
    command: (connection, command, channel) => doCommand(room, connection, command, channel),
    count: () => room.count,
    topicOf: (channel) => room.topicOf(channel) ?? topics.channels,
    stop: () => sources.stop(),
  }
}
