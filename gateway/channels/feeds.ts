// Feeds for channels: topics that know nothing of us, made live, read by every node on which somebody listens.
import type { Unreadable } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import type { LogRanges } from '../slots/ports.ts'
import { createFeedLog } from './feed-log.ts'
import { addressed, type Feed, isUnfit, targetOf } from './feed-record.ts'
import type { FeedTemplate } from './feed-template.ts'
import { jsonOf, valueOf } from './feed-value.ts'
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
    const target = isUnfit(value) ? value : targetOf(to, record, jsonOf(value))
    if (isUnfit(value) || isUnfit(target)) {
      onUnfit(feed, isUnfit(value) ? value : (target as Unreadable), record)
      return []
    }
    if (target.kind !== 'channel' || !wanted(tenant, target.channel)) return []
    return read(addressed(feed, record, value, target), wanted, hashOf)
  }
}
