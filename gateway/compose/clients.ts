// Puts the client side together: from an upgrade through the session to the publisher.
import type { Server } from 'node:http'
import { Capacity } from '../admission/capacity.ts'
import type { Standing } from '../admission/standing.ts'
import type { Channels } from '../channels/ports.ts'
import type { Config } from '../config/settings.ts'
import type { Connection } from '../connection/connection.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'
import type { Events } from '../events.ts'
import { type Accepted, createAccept } from '../inbound/accept.ts'
import { createGreeter } from '../inbound/greet.ts'
import type { Publisher } from '../inbound/ports.ts'
import { createPressure } from '../inbound/pressure.ts'
import { createReceive } from '../inbound/receive.ts'
import type { Routes } from '../inbound/routes.ts'
import type { Certificates } from '../server/certificates.ts'
import { createClientServer } from '../server/http.ts'
import { createUpgrade, type Upgrade } from '../server/upgrade.ts'
import { subjectOf } from '../session/event-records.ts'
import { createOpenSession } from '../session/open-session.ts'
import type { Registration } from '../session/registration.ts'
import type { Roster } from '../session/roster.ts'
import type { SessionEvents } from '../session/session-events.ts'
import type { SlotHolder } from '../slots/slot-holder.ts'
import type { Admission } from './admission.ts'
import type { ComposedLimits } from './limits.ts'
import type { ComposedRevocations } from './revocations.ts'

export type ClientParts = {
  readonly config: Config
  /** Undefined: without TLS. */
  readonly certificates?: Certificates | undefined
  readonly admission: Admission
  readonly routes: Routes
  readonly channels: Channels
  readonly publisher: Publisher
  readonly holder: SlotHolder
  readonly roster: Roster<Connection>
  readonly registration: Registration
  readonly standing: Pick<Standing, 'fresh' | 'check'>
  readonly revocations: Pick<ComposedRevocations, 'check' | 'sessions'>
  readonly sessionEvents: SessionEvents
  readonly wheel: TimerWheel
  readonly events: Events
  readonly limits: ComposedLimits
}

export type Clients = {
  readonly server: Server
  readonly upgrade: Upgrade
  readonly accepted: Accepted
  readonly capacity: Capacity
}

export function composeClients(parts: ClientParts): Clients {
  const { config, admission, routes, channels, publisher, holder, roster, wheel, events } = parts
  const { registration, sessionEvents, standing, revocations } = parts
  const { limits, listen, auth } = config
  const compression = config.compression.enabled ? config.compression : undefined
  const openSession = createOpenSession({
    roster,
    home: () => holder.current?.home,
    bind: registration.bind,
    onOpened(session, resumed, { dialect }) {
      events.clientSeen(dialect.name, session.client)
      if (resumed) sessionEvents.resumed(subjectOf(session))
      else sessionEvents.connected(subjectOf(session))
    },
    revoked: revocations.sessions,
    secrets: config.session.secrets,
    window: config.session.window,
    maxRequests: limits.requests,
    heartbeatMs: config.heartbeat,
    maxFrameBytes: limits.frame,
    maxInflight: limits.inflight,
    messagesPerSecond: parts.limits.messagesPerSecond,
  })
  const greeter = createGreeter({
    checkToken: admission.checkToken,
    anonymous: admission.anonymous,
    mayConnect: admission.mayConnect,
    principalLimited: (connection, principal) => parts.limits.connectionLimited(principal, connection),
    openSession,
    channels,
    onAuthenticated: (connection, principal) => accepted.onAuthenticated(connection, principal),
    events,
  })
  const receive = createReceive({
    greeter,
    guard: {
      fresh: () => holder.fresh() && standing.fresh(),
      check: async () => (await Promise.all([holder.check(), standing.check()])).every(Boolean),
    },
    home: () => holder.current?.home,
    routes,
    channels,
    publisher,
    pressure: createPressure(publisher),
    wheel,
    events,
    cluster: config.cluster,
    limits,
  })
  const accepted = createAccept({
    receive: (connection: Connection, bytes, binary) => receive(connection, bytes, binary),
    openSession,
    roster,
    routes,
    channels,
    wheel,
    events,
    limits,
    helloTimeout: auth.helloTimeout,
    heartbeat: config.heartbeat,
    expiry: { notice: auth.expiryNotice, grace: auth.expiryGrace },
    isRevoked: revocations.check.isRevoked,
    traffic: parts.limits.traffic,
    compression,
    home: () => holder.current?.home,
  })
  const capacity = new Capacity({
    connections: listen.maxConnections,
    unauthenticated: listen.maxUnauthenticated,
  })
  const upgrade = createUpgrade({
    admit: admission.admit,
    capacity,
    events,
    rejectBy: config.handshake.reject,
    limits,
    compression,
    accept: accepted.accept,
    addressOf: parts.limits.addressOf,
  })
  const { certificates } = parts
  const server = createClientServer(
    {
      ...listen,
      maxSockets: listen.maxConnections + listen.maxUnauthenticated,
      maxNewcomers: listen.maxUnauthenticated,
      certificates,
      clientModule: config.development,
    },
    upgrade,
    admission.explain,
    admission.ticketEndpoint,
  )
  parts.limits.watch(server)
  return { server, upgrade, accepted, capacity }
}
