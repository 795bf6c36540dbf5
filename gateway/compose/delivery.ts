// Puts delivery together: the slot and its log, dispatch, and what reports on them.

import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../config/settings.ts'
import type { Connection } from '../connection/connection.ts'
import { createDeliver } from '../delivery/deliver.ts'
import { createDispatch } from '../delivery/dispatch.ts'
import { createOutcomes } from '../delivery/outcome.ts'
import type { Logs, SharedReader, SharedReaderOptions } from '../delivery/ports.ts'
import type { ReportContext } from '../delivery/reports.ts'
import { createResolver } from '../delivery/resolve.ts'
import { SlotHolder, type SlotHolderDeps } from '../delivery/slot-holder.ts'
import { createSurely } from '../delivery/surely.ts'
import type { Events } from '../events.ts'
import type { Publisher } from '../inbound/ports.ts'
import type { Registry } from '../registry/ports.ts'
import type { Roster } from '../session/roster.ts'

export type DeliveryParts = {
  readonly config: Config
  readonly node: string
  readonly roster: Roster<Connection>
  readonly registry: Registry
  readonly logs: Logs
  readonly internal: Publisher
  readonly events: Events
  readonly signal: AbortSignal
}

export type Delivering = {
  readonly holder: SlotHolder
  readonly dispatch: {
    start(): void
    stop(timeoutMs: number): Promise<void>
    /** Records not yet read by this node; undefined while unknown. */
    readonly lag: number | undefined
  }
}

/** Deliveries waiting for the registry may fill half of what a slot keeps pending. */
const unresolvedShare = 0.5

export function composeDelivery(
  parts: DeliveryParts,
  on: Pick<SlotHolderDeps, 'onTaken' | 'onLost' | 'onForgotten'>,
): Delivering {
  const { config, node, roster, registry, logs, events, signal } = parts
  const { delivery, topics, session } = config
  const [secret = ''] = session.secrets
  const reports: ReportContext = { node, cluster: config.cluster, topics }
  const surely = createSurely(parts.internal, signal)
  const resolver = createResolver(registry.sessions, delivery.resolveTimeout, signal)
  const read = {
    maxTargets: delivery.maxTargets,
    secrets: session.secrets,
  }
  const deliver = createDeliver({
    roster,
    resolver,
    surely,
    events,
    read,
    secret,
    outcomes: createOutcomes({ surely, events, reports }),
    slotTopic: topics.slot,
    maxHops: delivery.maxHops,
    maxSize: delivery.maxDeliverySize,
    maxUnresolved: delivery.maxPending * unresolvedShare,
  })
  const dispatch = createDispatch({
    resolver,
    surely,
    events,
    reports,
    read,
    secret,
    topics,
    maxSize: delivery.maxDeliverySize,
  })
  const holder = new SlotHolder({
    node,
    leases: registry.leases,
    logs,
    deliver,
    events,
    secrets: session.secrets,
    slotTopic: topics.slot,
    leaseTtl: delivery.leaseTtl,
    maxPending: delivery.maxPending,
    ...on,
  })
  return { holder, dispatch: createDispatchReader(parts, (records) => dispatch(records)) }
}

const retryMs = 500

/**
 * Joins the dispatch group in the background: a node that died keeps its place there for some seconds, and what this
 * node's own slot brings need not wait for that.
 */
function createDispatchReader(
  { config, logs, events }: DeliveryParts,
  onBatch: SharedReaderOptions['onBatch'],
) {
  const stopping = new AbortController()
  const { signal } = stopping
  const { dispatch: topic } = config.topics
  let reader: SharedReader | undefined
  const join = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        reader = await logs.readShared({ topics: [topic], group: topic, onBatch })
        if (signal.aborted) await reader.stop(retryMs)
        return
      } catch (failure) {
        events.dispatchNotJoined(failure)
        await wait(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }
  return {
    start() {
      void join()
    },
    async stop(timeoutMs: number) {
      stopping.abort()
      await reader?.stop(timeoutMs)
    },
    get lag() {
      return reader?.lag
    },
  }
}
