// What the services of a node are made of: handed from the composition root to those that start, go round and stop.
import type { Server } from 'node:http'
import type { Broker } from '../broker/broker.ts'
import type { Config } from '../config/settings.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'
import type { Events } from '../events.ts'
import type { Publisher } from '../inbound/ports.ts'
import type { Service } from '../lifecycle.ts'
import type { Log } from '../log.ts'
import type { Registry } from '../registry/ports.ts'
import type { SessionEvents } from '../session/session-events.ts'
import type { ComposedChannels } from './channels.ts'
import type { Clients } from './clients.ts'
import type { Delivering } from './delivery.ts'
import type { ComposedLimits } from './limits.ts'
import type { ComposedRevocations } from './revocations.ts'
import type { Tables } from './tables.ts'

/** What a node can be given beside its configuration. */
export type GatewayOptions = {
  readonly log?: Log
  /** The watchdog's last word: only another process can go on. */
  readonly onStuck?: () => void
  /** In place of Kafka and Redis: those of the test kit are in memory. */
  readonly broker?: Broker
  readonly registry?: Registry
  /** Told what takes clients in, for whoever must end them as a dying node does. */
  readonly onClients?: (clients: Clients) => void
}

/** What is known of the node's life from outside its parts. */
export type NodeState = {
  started: boolean
  draining: boolean
  stuck: () => boolean
  port: number
  adminPort: number
}

export type ServiceParts = {
  readonly config: Config
  readonly node: string
  readonly state: NodeState
  readonly admin: Server
  /** Looks after the certificates of both listeners. */
  readonly certificates: Service
  /** Looks after the schemas. */
  readonly schemas: Service
  readonly registry: Registry
  readonly broker: Broker
  readonly tables: Tables
  readonly revocations: ComposedRevocations
  readonly delivering: Delivering
  readonly channels: Pick<ComposedChannels, 'stop' | 'presence'>
  readonly sessionEvents: SessionEvents
  readonly internal: Publisher & { restart(): void }
  readonly clients: Clients
  readonly limits: Pick<ComposedLimits, 'holdings'>
  readonly events: Events
  readonly wheel: TimerWheel
  readonly stopGauges: () => void
  readonly stopping: AbortController
  /** The watchdog's last word: only another process can go on. */
  readonly onStuck: () => void
}
