// What a node knows of itself at this moment, gathered from its parts.
import type { Config } from '../config/settings.ts'
import type { Publisher } from '../inbound/ports.ts'
import type { Health } from '../readiness.ts'
import type { Registry } from '../registry/ports.ts'
import type { SlotHolder } from '../slots/slot-holder.ts'
import type { NodeState } from './service-parts.ts'
import type { Tables } from './tables.ts'

export type HealthParts = {
  readonly config: Config
  readonly state: NodeState
  readonly holder: SlotHolder
  readonly publisher: Publisher
  readonly internal: Publisher
  readonly registry: Registry
  readonly tables: Pick<Tables, 'troubles'>
}

export const healthOf = ({ config, state, holder, ...parts }: HealthParts): Health => ({
  started: state.started,
  draining: state.draining,
  stuck: state.stuck(),
  slot: holder.current?.slot,
  trouble: holder.trouble,
  canaryAgeMs: holder.canaryAt === undefined ? undefined : performance.now() - holder.canaryAt,
  graceMs: config.health.grace,
  kafkaHealthy: parts.publisher.healthy && parts.internal.healthy,
  registryAvailable: parts.registry.available,
  unread: parts.tables.troubles(),
})
