// Feeds of the configuration: those for channels are read where somebody listens, the others by all nodes together.
import type { Feed } from '../channels/feed-record.ts'
import { compileTemplate } from '../channels/feed-template.ts'
import { createFeedDispatch, feedGroup, type SharedFeedDeps, sharedFeeds } from '../channels/shared-feeds.ts'
import type { Config } from '../config/settings.ts'
import type { Logs } from '../delivery/ports.ts'
import type { Events } from '../events.ts'
import { createDispatchReader, type DispatchReader } from './dispatch-reader.ts'

export const toFeeds = (config: Config['feeds']): readonly Feed[] =>
  Object.entries(config).map(([name, { to, topic, framing, targets, tenant, type, contentType }]): Feed => {
    const template = to === 'header' ? to : compileTemplate(to)
    if (typeof template === 'string' && template !== 'header') throw new TypeError(template)
    return {
      name,
      topic,
      to: template,
      framing,
      targets,
      ...(tenant === undefined ? {} : { tenant }),
      ...(type === undefined ? {} : { type }),
      ...(contentType === undefined ? {} : { contentType }),
    }
  })

export type FeedParts = SharedFeedDeps & {
  readonly cluster: string
  readonly logs: Logs
  readonly events: Events
}

/** One reader for each feed that is not for channels alone. */
export const composeFeeds = (feeds: readonly Feed[], parts: FeedParts): readonly DispatchReader[] =>
  sharedFeeds(feeds).map((feed) => {
    const { logs, events, cluster } = parts
    const dispatch = createFeedDispatch(feed, parts)
    const group = feedGroup(cluster, feed.name)
    return createDispatchReader({ topic: feed.topic, group, logs, events }, (records) => dispatch(records))
  })
