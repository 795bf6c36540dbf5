// Puts channels together: rules of the configuration, topics that are read while somebody here listens, and their bounds.
import { type ChannelRoom, createChannels } from '../channels/channels.ts'
import { doCommand } from '../channels/commands.ts'
import { createChannelFeeds } from '../channels/feeds.ts'
import { type GrantDeps, withGrants } from '../channels/grants.ts'
import { readMemberRecord } from '../channels/member-records.ts'
import type { Channels } from '../channels/ports.ts'
import type { MemberPresence } from '../channels/presence.ts'
import { createReadChannel } from '../channels/read-channel.ts'
import { ruleOf } from '../channels/rules.ts'
import { Sources } from '../channels/sources.ts'
import type { Unreadable } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { Refusal } from '../errors.ts'
import type { Events } from '../events.ts'
import type { ChannelCommands } from '../slots/hand-over.ts'
import type { LogRanges } from '../slots/ports.ts'
import { channelRules } from './channel-rules.ts'
import { feedsOf } from './feeds.ts'
import type { Payloads } from './payloads.ts'
import { composePresence, type PresenceParts } from './presence.ts'

export type ChannelParts = PresenceParts &
  Pick<GrantDeps, 'checkToken'> & {
    readonly ranges: LogRanges
    readonly payloads: Payloads
    readonly quarantine: Quarantine
  }

/** Resolves when Kafka has what is told of a record that nobody is shown; rejects when the node stops before. */
export type Quarantine = (record: IncomingRecord, why: Unreadable) => Promise<void>

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
  const { config, ranges, wheel, events, checkToken, payloads } = parts
  const { forms } = payloads
  const { limits, delivery, session, topics } = config
  const rules = channelRules(config, events.ruleFailed, payloads.channel)
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
      ...(forms && { show: forms }),
      showOn: (channel) => ruleOf(rules, channel)?.rule.show,
      onUnreadable: unreadable(events, parts.quarantine),
    }),
    readMember: (record) => readMemberRecord(record, session.secrets),
    feeds: createChannelFeeds(feedsOf(config, payloads), ({ name }, why, record) =>
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
    rules,
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

/** Reports of one node that wait for Kafka at a time: of what comes faster than they are taken, some are only counted. */
const mostReports = 100

/** Each node that reads a channel's topic tells of its bad messages: copies of one report share their `ce_id`. */
function unreadable(events: Pick<Events, 'channelUnreadable'>, quarantine: Quarantine) {
  let waiting = 0
  return (why: Unreadable, record: IncomingRecord): void => {
    events.channelUnreadable(why, record)
    // Records that are no messages at all are only counted: every node would tell of each.
    if (why.of === undefined || waiting >= mostReports) return
    waiting++
    void quarantine(record, why)
      .catch(() => undefined)
      .finally(() => waiting--)
  }
}
