// The feeds of the configuration, compiled once, and the readers of those that one group of all nodes reads.
import type { Feed } from '../channels/feed-record.ts'
import { compileTemplate } from '../channels/feed-template.ts'
import { createFeedDispatch, feedGroup, type SharedFeedDeps, sharedFeeds } from '../channels/shared-feeds.ts'
import { targetKinds } from '../config/dispatch-settings.ts'
import type { Config } from '../config/settings.ts'
import type { Logs } from '../delivery/ports.ts'
import type { Events } from '../events.ts'
import { createDispatchReader, type DispatchReader } from './dispatch-reader.ts'

/** What the values of a feed must be. */
type FeedPayloads = { feed(name: string): Feed['show'] }

/** Throws where a target is none; a configuration that was checked has none of those. */
export const feedsOf = (
  { feeds }: Pick<Config, 'feeds'>,
  payloads: FeedPayloads = { feed: () => undefined },
): readonly Feed[] =>
  Object.entries(feeds).map(([name, { topic, to, tenant, type, contentType, framing, targets }]) => {
    const template = to === 'header' ? to : compileTemplate(to)
    if (typeof template === 'string' && template !== 'header')
      throw new Error(`feeds.${name}.to: ${template}`)
    const show = payloads.feed(name)
    return {
      name,
      topic,
      to: template,
      framing,
      targets,
      ...(tenant === undefined ? {} : { tenant }),
      ...(type === undefined ? {} : { type }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(show === undefined ? {} : { show }),
    }
  })

/** The dispatch topic as a feed; undefined where it takes everything, as nothing has to be looked at then. */
export const dispatchFeed = ({ dispatch, topics }: Pick<Config, 'dispatch' | 'topics'>): Feed | undefined =>
  dispatch.tenants === undefined && dispatch.targets.length >= targetKinds.length
    ? undefined
    : { name: 'dispatch', topic: topics.dispatch, to: 'header', framing: 'none', ...dispatch }

/** One reader for each feed that is not for channels alone. */
export const feedReaders = (
  config: Config,
  parts: { readonly logs: Logs; readonly events: Events; readonly payloads: FeedPayloads },
  deps: SharedFeedDeps,
): readonly DispatchReader[] =>
  sharedFeeds(feedsOf(config, parts.payloads)).map((feed) => {
    const { topic, name } = feed
    const handle = createFeedDispatch(feed, deps)
    const reader = { topic, group: feedGroup(config.cluster, name), maxAge: config.delivery.maxAge }
    return createDispatchReader({ ...parts, ...reader }, (records) => handle(records))
  })
