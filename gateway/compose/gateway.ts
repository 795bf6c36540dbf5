// The composition root: every part of a node is made here, from its configuration, and started and stopped in order.
import { hostname } from 'node:os'
import { createBroker } from '../broker/broker.ts'
import type { Config } from '../config/settings.ts'
import type { Connection } from '../connection/connection.ts'
import { TimerWheel } from '../connection/timer-wheel.ts'
import { createEvents, type Events } from '../events.ts'
import { compileRoutes } from '../inbound/routes.ts'
import { createLog } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { toReadiness, toRejection } from '../readiness.ts'
import type { Registry } from '../registry/ports.ts'
import type { Readiness } from '../server/admin.ts'
import { subjectOf } from '../session/event-records.ts'
import { createRegistration } from '../session/registration.ts'
import { Roster } from '../session/roster.ts'
import { createSessionEvents } from '../session/session-events.ts'
import { composeAdmin } from './admin.ts'
import { composeAdmission } from './admission.ts'
import { composeCertificates } from './certificates.ts'
import { composeChannels, type Quarantine } from './channels.ts'
import { composeClients } from './clients.ts'
import { composeCredentials } from './credentials.ts'
import { composeDelivery } from './delivery.ts'
import { healthOf } from './health.ts'
import { createLife, type Life } from './life.ts'
import { composeLimits } from './limits.ts'
import { composePayloads } from './payloads.ts'
import { withRegistry } from './registry.ts'
import type { GatewayOptions, NodeState } from './service-parts.ts'
import { composeServices } from './services.ts'

export type Gateway = Life & {
  readonly node: string
  /** Ports, once started. */
  readonly port: number
  readonly adminPort: number
  readiness(): Readiness
  /** Reads the certificates of the listeners again. */
  reload(): void
}

type Core = { readonly node: string; readonly metrics: Metrics; readonly events: Events }

/** Makes a node; nothing is opened before `start`, but the connection to Redis. */
export async function createGateway(config: Config, options: GatewayOptions = {}): Promise<Gateway> {
  const node = config.node ?? `${hostname()}-${process.pid}`
  const log = options.log ?? createLog({ level: config.log.level, node, cluster: config.cluster })
  const metrics = createMetrics()
  const events = createEvents(log, metrics)
  const core = { node, metrics, events }
  if (options.registry !== undefined) return compose(config, options, core, options.registry)
  return withRegistry(config, events, (registry) => compose(config, options, core, registry))
}

function compose(config: Config, options: GatewayOptions, core: Core, registry: Registry): Gateway {
  const { node, metrics, events } = core
  const stopping = new AbortController()
  const { signal } = stopping
  const state: NodeState = { started: false, draining: false, stuck: () => false, port: 0, adminPort: 0 }

  const wheel = new TimerWheel()
  const roster = new Roster<Connection>()
  const payloads = composePayloads(config, events)
  const routes = compileRoutes(config.routes, events.ruleFailed, config.tenants, payloads.route)
  const broker = options.broker ?? createBroker(config.kafka, { log: events.broker })
  const publisher = broker.publisher()
  const internal = broker.publisher()

  const { ranges, logs } = broker
  const shared = { config, ranges, registry, internal, events, signal, payloads }
  const held = () => delivering.holder.current
  const checkToken = (token: string) => admission.checkToken(token)
  const quarantine: Quarantine = (record, why) => delivering.quarantine(record, why)
  const channels = composeChannels({ ...shared, wheel, held, checkToken, quarantine })
  const { presence, command, topicOf: channelTopic } = channels
  const delivering = composeDelivery(
    { ...shared, node, roster, logs, channelTopic, command },
    {
      onTaken() {
        presence.rebuild()
        void limits.holdings.rebuild()
      },
      onDetached: (session, reason) => sessionEvents.detached(subjectOf(session), reason),
      onEnded(session, reason) {
        registration.unbind(session)
        sessionEvents.ended(subjectOf(session), reason)
      },
      onLost(tenure, _reason, away) {
        registration.lose(tenure, away)
        for (const connection of clients.accepted.all())
          connection.close('slot-lost', 'this node lost its slot')
      },
      onForgotten() {
        registration.rebuild()
        presence.rebuild()
        void limits.holdings.rebuild()
      },
    },
  )
  const { holder, closeElsewhere } = delivering
  const sessionEvents = createSessionEvents(
    internal,
    { node, cluster: config.cluster, topics: config.topics },
    events,
  )
  const registration = createRegistration({
    sessions: registry.sessions,
    roster,
    events,
    held: () => holder.current,
    detached: () => holder.kept?.windows.facts() ?? [],
    most: config.session.perUser === 'unlimited' ? undefined : config.session.perUser,
    onEvicted(entries) {
      closeElsewhere(entries)
      // Out of the registry no reaper finds them: where their node is dead, nobody else would say so.
      for (const entry of entries) sessionEvents.ended(entry, 'taken-over')
    },
    resumeWindow: config.delivery.resumeWindow,
    signal,
  })
  const limits = composeLimits({ config, registry, wheel, events, held })
  registry.onBack(() => {
    registration.rebuild()
    void limits.holdings.rebuild()
  })

  const health = () => healthOf({ config, state, holder, publisher, internal, registry, tables })
  const readiness = (): Readiness => toReadiness(health())
  const { tables, revocations, credentials } = composeCredentials({
    ...shared,
    connections: () => clients.accepted.all(),
    kept: () => holder.kept,
  })
  const admission = composeAdmission(config, routes, events, () => toRejection(health()), credentials, limits)
  const certificates = composeCertificates(config, events)
  const clients = composeClients({
    config,
    certificates: certificates.clients,
    admission,
    limits,
    standing: tables.standing,
    revocations,
    routes,
    channels: channels.channels,
    publisher,
    holder,
    roster,
    registration,
    sessionEvents,
    wheel,
    events,
  })

  options.onClients?.(clients)
  const [capacity, subscriptions] = [clients.capacity, channels.count]
  const shown = { node, metrics, roster, publisher, delivering, subscriptions, capacity, readiness }
  const guarded = { token: config.admin.token, certificates: certificates.admin }
  const { admin, stopGauges } = composeAdmin({ ...shown, ...guarded })

  const services = composeServices({
    config,
    node,
    state,
    admin,
    certificates: certificates.service,
    schemas: payloads.service,
    registry,
    broker,
    tables,
    revocations,
    delivering,
    channels,
    sessionEvents,
    internal,
    clients,
    limits,
    events,
    wheel,
    stopGauges,
    stopping,
    onStuck: options.onStuck ?? (() => undefined),
  })

  const life = createLife({ services, config, state, stopping, events })
  return {
    node,
    get port() {
      return state.port
    },
    get adminPort() {
      return state.adminPort
    },
    readiness,
    reload: certificates.reload,
    ...life,
  }
}
