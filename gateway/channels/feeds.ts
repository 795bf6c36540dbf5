// Feeds: topics that know nothing of us, made live. Those for channels are read where somebody listens, the others by one group.
import type { Unreadable } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { LogRanges } from '../slots/ports.ts'
import { createFeedLog } from './feed-log.ts'
import { addressed, type Feed, isUnfit, selfAddressed, targetOf, valueOf } from './feed-record.ts'
import type { FeedTemplate } from './feed-template.ts'
import type { ReadChannel } from './read-channel.ts'

/** Records that do not fit their feed; each node that reads them tells. */
export type OnUnfit = (feed: Feed, why: Unreadable, record: IncomingRecord) => void

/** Where a channel's messages come from instead of its rule's topic. */
export type FeedSource = {
  readonly feed: Feed
  /** One log for one reader, whatever the topic's partitions. */
  openLog(ranges: LogRanges): LogRanges
  /** The messages that the feed makes of records; `read` is as for any channel topic. */
  reader(read: ReadChannel): ReadChannel
}

export type ChannelFeeds = {
  /** The first feed that may have messages for this channel. */
  of(tenant: string, channel: string): FeedSource | undefined
}

/** Feeds whose records go to users, sessions and everyone, or say it themselves: one group of all nodes reads each. */
export const sharedFeeds = (feeds: readonly Feed[]): readonly Feed[] =>
  feeds.filter(({ to }) => to === 'header' || to.kind !== 'channel')

export function createChannelFeeds(feeds: readonly Feed[], onUnfit: OnUnfit): ChannelFeeds {
  const all = feeds.flatMap((feed) => {
    const { to, tenant = '', topic } = feed
    if (to === 'header' || to.kind !== 'channel') return []
    const source: FeedSource = {
      feed,
      openLog: (ranges) => createFeedLog(ranges, topic),
      reader: (read) => readFeed(feed, to, read, onUnfit),
    }
    return [{ source, of: (its: string, channel: string) => its === tenant && to.fits(channel) }]
  })
  return { of: (tenant, channel) => all.find((each) => each.of(tenant, channel))?.source }
}

function readFeed(feed: Feed, to: FeedTemplate, read: ReadChannel, onUnfit: OnUnfit): ReadChannel {
  const { tenant = '' } = feed
  return (record, wanted, hashOf) => {
    const value = valueOf(feed, record)
    const target = isUnfit(value) ? value : targetOf(to, record, value)
    if (isUnfit(value) || isUnfit(target)) {
      onUnfit(feed, isUnfit(value) ? value : (target as Unreadable), record)
      return []
    }
    if (target.kind !== 'channel' || !wanted(tenant, target.channel)) return []
    return read(addressed(feed, record, value, target), wanted, hashOf)
  }
}

export type SharedFeedDeps = {
  /** As `createDispatch` gives it. */
  dispatch(records: readonly IncomingRecord[]): Promise<void>
  /** Resolves when Kafka has the report; rejects when the node stops before. */
  quarantine(record: IncomingRecord, why: Unreadable): Promise<void>
  readonly read: Parameters<typeof selfAddressed>[3]
}

/** Handles batches of a shared feed: as dispatch does, once the feed has said whom each record is for. */
export const createFeedDispatch =
  (feed: Feed, deps: SharedFeedDeps): ((records: readonly IncomingRecord[]) => Promise<void>) =>
  async (records) => {
    const fit: IncomingRecord[] = []
    const put: Promise<void>[] = []
    for (const record of records) {
      const told = toAddressed(feed, record, deps)
      if (isUnfit(told)) put.push(deps.quarantine(record, told))
      else fit.push(told)
    }
    await Promise.all([deps.dispatch(fit), ...put])
  }

function toAddressed(feed: Feed, record: IncomingRecord, deps: SharedFeedDeps): IncomingRecord | Unreadable {
  const value = valueOf(feed, record)
  if (isUnfit(value)) return value
  if (feed.to === 'header') return selfAddressed(feed, record, value, deps.read)
  const target = targetOf(feed.to, record, value)
  return isUnfit(target) ? target : addressed(feed, record, value, target)
}

/** The group that reads a shared feed: of this feed and this cluster, so that others may read the same topic. */
export const feedGroup = (cluster: string, feed: string): string => `openclaw.feed.${cluster}.${feed}`
