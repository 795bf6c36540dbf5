// Puts delivery together: the slot and its log, slots of dead nodes, dispatch, and what reports on them.
import { createFeedDispatch } from '../channels/shared-feeds.ts'
import type { Config } from '../config/settings.ts'
import type { Connection } from '../connection/connection.ts'
import { createDispatch } from '../delivery/dispatch.ts'
import { toClose } from '../delivery/forward.ts'
import type { Logs, SessionEntry } from '../delivery/ports.ts'
import type { ReportContext } from '../delivery/reports.ts'
import { createResolver } from '../delivery/resolve.ts'
import { createAppend, createSurely } from '../delivery/surely.ts'
import type { Events } from '../events.ts'
import type { Publisher } from '../inbound/ports.ts'
import type { Registry } from '../registry/ports.ts'
import type { Roster } from '../session/roster.ts'
import { Adopter } from '../slots/adopter.ts'
import { createDepartures, type Departures } from '../slots/departures.ts'
import { Followers } from '../slots/followers.ts'
import type { ChannelCommands } from '../slots/hand-over.ts'
import type { HomeDeps } from '../slots/home.ts'
import type { KeeperDeps } from '../slots/keeper.ts'
import type { LogRanges } from '../slots/ports.ts'
import { SlotHolder, type SlotHolderDeps } from '../slots/slot-holder.ts'
import { createSweeper } from '../slots/sweeper.ts'
import { createDispatchReader, type DispatchReader } from './dispatch-reader.ts'
import { dispatchFeed, feedReaders } from './feeds.ts'
import type { Payloads } from './payloads.ts'

export type DeliveryParts = {
  readonly config: Config
  readonly node: string
  readonly roster: Roster<Connection>
  readonly registry: Registry
  readonly logs: Logs
  readonly ranges: LogRanges
  readonly internal: Publisher
  /** The topic with the messages of a channel. */
  readonly channelTopic: (channel: string) => string
  readonly events: Events
  readonly signal: AbortSignal
  readonly command: ChannelCommands
  readonly payloads: Pick<Payloads, 'show' | 'feed'>
}

export type Delivering = {
  readonly holder: SlotHolder
  readonly adopter: Adopter
  readonly followers: Followers
  readonly dispatch: DispatchReader
  /** Of feeds that are not for channels. */
  readonly feeds: readonly DispatchReader[]
  /** Tells people of a record that nobody is shown. */
  readonly quarantine: Departures['quarantine']
  /** Has sessions closed wherever they are. */
  closeElsewhere(entries: readonly SessionEntry[]): void
}

export type DeliveryListeners = Pick<SlotHolderDeps, 'onTaken' | 'onLost' | 'onForgotten'> &
  Pick<HomeDeps, 'onDetached' | 'onEnded'>

/** Milliseconds without an answer of Kafka while a session is brought back, or a slot begun. */
const rangeTimeoutMs = 10_000
/** Leases after which a dead slot must have been adopted: then nobody needs to follow it. */
const followLeases = 6

export function composeDelivery(parts: DeliveryParts, on: DeliveryListeners): Delivering {
  const { config, node, roster, registry, logs, ranges, events, signal } = parts
  const { delivery, topics, session } = config
  const [secret = ''] = session.secrets
  const reports: ReportContext = { node, cluster: config.cluster, topics }
  const surely = createSurely(parts.internal, signal)
  const append = createAppend(parts.internal, signal)
  const resolver = createResolver(registry.sessions, delivery.resolveTimeout, signal)
  const { maxTargets, maxAge } = delivery
  const { show } = parts.payloads
  const addressed = { maxTargets, maxAge, secrets: session.secrets, ...(show && { show }) }
  const read = { from: 'slot', ...addressed } as const
  const departures = createDepartures({ surely, events, reports, secret, slotTopic: topics.slot })
  const sweeper = createSweeper({
    ranges,
    read,
    slotTopic: topics.slot,
    signal,
    timeoutMs: rangeTimeoutMs,
    maxBytes: delivery.maxResume,
    maxBytesOfAll: delivery.maxResumes,
  })
  const longest = followLeases * delivery.leaseTtl
  const followers = new Followers({ ranges, sweeper, read, slotTopic: topics.slot, signal, longest })
  const { slots, leaseTtl, maxPending, maxRemembered, maxUnconfirmed, resumeWindow } = delivery
  const maxSize = delivery.maxDeliverySize
  let forgottenAt = Number.NEGATIVE_INFINITY
  const keeper: KeeperDeps = {
    leases: registry.leases,
    leaseTtl,
    slotTopic: topics.slot,
    resolver,
    events,
    confirmTimeout: delivery.confirmTimeout,
    open: {
      node,
      logs,
      ranges,
      append,
      departures,
      read,
      secret,
      maxPending,
      maxRemembered,
      log: {
        node,
        roster,
        resolver,
        departures,
        append,
        events,
        read,
        secret,
        maxSize,
        maxUnconfirmed,
        resumeWindow,
        sinceForgotten: () => performance.now() - forgottenAt,
        command: parts.command,
      },
      maxHops: delivery.maxHops,
      timeoutMs: rangeTimeoutMs,
    },
    home: {
      sweeper,
      append,
      secret,
      slots,
      roster,
      departures,
      events,
      followers,
      resumeWindow,
      maxSize,
      command: parts.command,
      slotTopic: topics.slot,
      onDetached: on.onDetached,
      onEnded: on.onEnded,
    },
  }
  const holder = new SlotHolder({
    node,
    leases: registry.leases,
    keeper,
    events,
    ...on,
    onForgotten(tenure) {
      forgottenAt = performance.now()
      on.onForgotten(tenure)
    },
  })
  const adopter = new Adopter({
    node,
    leases: registry.leases,
    ranges,
    keeper,
    events,
    slots,
    slotTopic: topics.slot,
    most: delivery.maxAdopted,
    liveSlots: () => registry.sessions.liveSlots(),
    own: () => holder.current?.slot,
  })
  const dispatch = createDispatch({
    resolver,
    surely,
    events,
    reports,
    read: addressed,
    secret,
    topics,
    channelTopic: parts.channelTopic,
    maxSize,
  })
  const fed = { dispatch, quarantine: departures.quarantine, read: addressed }
  const closed = dispatchFeed(config)
  const onDispatch = closed === undefined ? dispatch : createFeedDispatch(closed, fed)
  const dispatchReader = createDispatchReader({ topic: topics.dispatch, logs, events }, (records) =>
    onDispatch(records),
  )
  const feeds = feedReaders(config, { logs, events, payloads: parts.payloads }, fed)
  const closeElsewhere = (entries: readonly SessionEntry[]): void => {
    for (const entry of entries)
      void append(toClose(entry, `${topics.slot}${entry.slot}`, secret)).catch(() => undefined)
  }
  const { quarantine } = departures
  return { holder, adopter, followers, dispatch: dispatchReader, feeds, closeElsewhere, quarantine }
}
