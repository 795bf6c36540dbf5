// What a node shows of itself: gauges that are read when asked for, and the server for probes and metrics.
import type { Server } from 'node:http'
import type { Capacity } from '../admission/capacity.ts'
import type { Connection } from '../connection/connection.ts'
import type { Publisher } from '../inbound/ports.ts'
import { exposeGauges, type Metrics } from '../metrics.ts'
import { type AdminDeps, createAdminServer, type Readiness } from '../server/admin.ts'
import type { Roster } from '../session/roster.ts'
import type { Delivering } from './delivery.ts'

export type AdminParts = Pick<AdminDeps, 'token' | 'certificates'> & {
  readonly node: string
  readonly metrics: Metrics
  readonly roster: Roster<Connection>
  readonly publisher: Publisher
  readonly delivering: Delivering
  readonly subscriptions: () => number
  readonly capacity: Capacity
  readonly readiness: () => Readiness
}

export function composeAdmin(parts: AdminParts): { readonly admin: Server; readonly stopGauges: () => void } {
  const { node, metrics, roster, publisher, delivering, capacity, readiness } = parts
  const { holder, dispatch } = delivering
  const stopGauges = exposeGauges(metrics, {
    connections: () => capacity.connections,
    sessions: () => roster.size,
    subscriptions: parts.subscriptions,
    unauthenticated: () => capacity.unauthenticated,
    publishQueue: () => publisher.depth,
    pendingDeliveries: () => holder.current?.log?.state.entries.size ?? 0,
    slotLag: () => holder.current?.reader?.lag,
    dispatchLag: () => dispatch.lag,
    slot: () => holder.current?.slot,
    ready: () => readiness().ready,
  })
  const admin = createAdminServer({
    readiness,
    details: () => ({
      node,
      slot: holder.current?.slot,
      epoch: holder.current?.epoch,
      sessions: roster.size,
      detached: holder.kept?.windows.size ?? 0,
      adopted: delivering.adopter.slots,
    }),
    metrics: () => metrics.registry.metrics(),
    metricsType: metrics.registry.contentType,
    token: parts.token,
    certificates: parts.certificates,
  })
  return { admin, stopGauges }
}
