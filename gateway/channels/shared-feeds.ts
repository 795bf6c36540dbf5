// Feeds for users, sessions and everyone, or for whom their records say: each is read by one group of all nodes, as dispatch is.
import type { Unreadable } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { addressed, type Feed, isUnfit, selfAddressed, targetOf } from './feed-record.ts'
import { jsonOf, valueOf } from './feed-value.ts'

/** All that are not for channels alone. */
export const sharedFeeds = (feeds: readonly Feed[]): readonly Feed[] =>
  feeds.filter(({ to }) => to === 'header' || to.kind !== 'channel')

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
  const target = targetOf(feed.to, record, jsonOf(value))
  return isUnfit(target) ? target : addressed(feed, record, value, target)
}

/** The group that reads a shared feed: of this feed and this cluster, so that others may read the same topic. */
export const feedGroup = (cluster: string, feed: string): string => `openclaw.feed.${cluster}.${feed}`
