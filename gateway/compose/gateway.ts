// The composition root: every part of a node is made here, from its configuration, and started and stopped in order.
import { hostname } from 'node:os'
import { createBroker } from '../broker/broker.ts'
import type { Config } from '../config/settings.ts'
import { drain } from '../connection/drain.ts'
import { TimerWheel } from '../connection/timer-wheel.ts'
import { everyRound, sendCanaries } from '../delivery/heart.ts'
import type { SharedReader } from '../delivery/ports.ts'
import { createEvents } from '../events.ts'
import { compileRoutes } from '../inbound/routes.ts'
import { type Service, startAll, stopAll } from '../lifecycle.ts'
import { createLog, type Log } from '../log.ts'
import { createMetrics, exposeGauges } from '../metrics.ts'
import { type Health, toReadiness, toRejection } from '../readiness.ts'
import { createRegistry } from '../registry/registry.ts'
import { createAdminServer, type Readiness } from '../server/admin.ts'
import { listen, stopListening } from '../server/http.ts'
import { createRegistration } from '../session/registration.ts'
import { Roster } from '../session/roster.ts'
import { composeAdmission } from './admission.ts'
import { composeClients } from './clients.ts'
import { composeDelivery } from './delivery.ts'

export type Gateway = {
  readonly node: string
  /** Ports, once started. */
  readonly port: number
  readonly adminPort: number
  readiness(): Readiness
  /** Resolves when the node holds a slot and listens; waits for Kafka and Redis as long as they are away. */
  start(): Promise<void>
  /** Drains and stops; resolves within about `drain.timeout`. */
  stop(): Promise<void>
}

const reapLimit = 1_000

/** Makes a node; nothing is opened before `start`, but the connection to Redis. */
export async function createGateway(config: Config, options: { log?: Log } = {}): Promise<Gateway> {
  const node = config.node ?? `${hostname()}-${process.pid}`
  const log = options.log ?? createLog({ level: config.log.level, node, cluster: config.cluster })
  const metrics = createMetrics()
  const events = createEvents(log, metrics)
  const stopping = new AbortController()
  const { signal } = stopping
  const state = { started: false, draining: false, port: 0, adminPort: 0 }

  const wheel = new TimerWheel()
  const roster = new Roster()
  const routes = compileRoutes(config.routes)
  const registry = await createRegistry({
    redis: config.redis,
    cluster: config.cluster,
    leaseTtlMs: config.delivery.leaseTtl,
    slots: config.delivery.slots,
    onAway: (reason) => events.registryFailed('connection', reason),
  })
  const broker = createBroker(config.kafka, { log: events.broker })
  const publisher = broker.publisher('inbound')
  const internal = broker.publisher('internal')

  const { holder, readDispatch } = composeDelivery(
    { config, node, roster, registry, logs: broker.logs, internal, events, signal },
    {
      onTaken: () => undefined,
      onLost() {
        for (const connection of clients.accepted.all())
          connection.close('slot-lost', 'this node lost its slot')
      },
      onForgotten: () => registration.rebuild(),
    },
  )
  const registration = createRegistration({
    sessions: registry.sessions,
    roster,
    events,
    held: () => holder.current,
    signal,
  })
  registry.onBack(() => registration.rebuild())

  const health = (): Health => ({
    started: state.started,
    draining: state.draining,
    slot: holder.current?.slot,
    trouble: holder.trouble,
    canaryAgeMs: holder.canaryAt === undefined ? undefined : performance.now() - holder.canaryAt,
    graceMs: config.health.grace,
    kafkaHealthy: publisher.healthy && internal.healthy,
    registryAvailable: registry.available,
  })
  const readiness = (): Readiness => toReadiness(health())
  const admission = composeAdmission(config, routes, events, () => toRejection(health()))
  const clients = composeClients({
    config,
    admission,
    routes,
    publisher,
    holder,
    roster,
    registration,
    wheel,
    events,
  })
  let dispatch: SharedReader | undefined

  const stopGauges = exposeGauges(metrics, {
    connections: () => clients.capacity.connections,
    sessions: () => roster.size,
    unauthenticated: () => clients.capacity.unauthenticated,
    publishQueue: () => publisher.depth,
    pendingDeliveries: () => holder.current?.watermark.size ?? 0,
    slotLag: () => holder.current?.reader?.lag,
    dispatchLag: () => dispatch?.lag,
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
    }),
    metrics: () => metrics.registry.metrics(),
    metricsType: metrics.registry.contentType,
  })

  const rounds = (): void => {
    const secret = config.session.secrets[0] ?? ''
    void sendCanaries(
      { node, secret, everyMs: config.health.canaryEvery, signal },
      internal,
      () => holder.current,
    )
    const reap = { graceMs: config.delivery.resumeWindow, limit: reapLimit, report: () => Promise.resolve() }
    void everyRound(
      config.delivery.leaseTtl,
      signal,
      () => registry.sessions.reap(reap),
      (failure) => events.registryFailed('reap', failure),
    )
  }

  /** In the order of starting; stopped in reverse. */
  const services: readonly Service[] = [
    {
      name: 'admin listener',
      async start() {
        state.adminPort = await listen(admin, config.admin.host, config.admin.port, 'OPENCLAW_ADMIN_PORT')
        events.listening('admin', `http://${config.admin.host}:${state.adminPort}`)
      },
      stop() {
        admin.close().closeAllConnections()
      },
    },
    { name: 'gauges', stop: stopGauges },
    { name: 'timers', stop: () => wheel.stop() },
    { name: 'registry', stop: () => registry.close() },
    { name: 'broker', start: () => broker.connect(signal), stop: (ms) => broker.close(ms) },
    {
      name: 'slot',
      start: () => holder.start(),
      async stop(ms) {
        await holder.stop(ms)
        stopping.abort()
      },
    },
    {
      name: 'dispatch',
      async start() {
        dispatch = await readDispatch()
      },
      stop: (ms) => dispatch?.stop(ms),
    },
    { name: 'rounds', start: rounds },
    {
      name: 'client listener',
      async start() {
        const { host, port } = config.listen
        state.port = await listen(clients.server, host, port, 'OPENCLAW_LISTEN_PORT')
        state.started = true
        events.listening('clients', `ws://${host}:${state.port}`)
      },
      async stop() {
        stopListening(clients.server)
        events.draining(clients.capacity.connections)
        await drain(() => clients.accepted.all(), {
          spread: config.drain.spread,
          timeout: config.drain.timeout / 2,
        })
        clients.upgrade.terminateAll()
      },
    },
  ]

  return {
    node,
    get port() {
      return state.port
    },
    get adminPort() {
      return state.adminPort
    },
    readiness,
    start: () => startAll(services, events.stopLate),
    async stop() {
      state.draining = true
      await stopAll(services, config.drain.timeout, events.stopLate)
      stopping.abort()
      events.stopped()
    },
  }
}
