// The client listener on a free port with real sockets; admission and what lies behind are of the test's choosing.
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { admit, type Verdict } from '../../../gateway/admission/admit.ts'
import { Capacity } from '../../../gateway/admission/capacity.ts'
import { createOriginRule } from '../../../gateway/admission/origin.ts'
import { authorizationHeader } from '../../../gateway/admission/sources/authorization-header.ts'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import type { Rejection } from '../../../gateway/errors.ts'
import { createAccept } from '../../../gateway/inbound/accept.ts'
import { createPressure } from '../../../gateway/inbound/pressure.ts'
import { createReceive } from '../../../gateway/inbound/receive.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import type { Certificates } from '../../../gateway/server/certificates.ts'
import { createClientServer, listen } from '../../../gateway/server/http.ts'
import { createUpgrade } from '../../../gateway/server/upgrade.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import { alice, FakePublisher, fakeChannels, fakeSession, quietEvents } from '../fakes.ts'

export type WorldOptions = {
  readonly closed?: Rejection
  readonly rejectBy?: 'close' | 'http'
  readonly connections?: number
  readonly unauthenticated?: number
  readonly handshakeTimeout?: number
  readonly maxHeaderSize?: number
  readonly frame?: number
  readonly fragments?: number
  readonly compression?: { readonly connections: number; readonly threshold: number; readonly level: number }
  /** In place of the admission: what it says, and when. */
  readonly verdict?: () => Promise<Verdict>
  readonly certificates?: Certificates
}

/** `Bearer good` is alice, any other bearer nobody; the path /raw has a route; the origin https://good may come. */
export async function startWorld(t: TestContext, options: WorldOptions = {}) {
  const wheel = new TimerWheel(20)
  const publisher = new FakePublisher()
  const events = quietEvents()
  const roster = new Roster<Connection>()
  const routes = compileRoutes(settings.parse({ raw: { topic: 't', match: [{ path: '/raw' }] } }))
  const limits = {
    frame: 1_024,
    fragments: 8,
    outbox: 64 * 1024,
    held: 10_000,
    inflight: 10,
    requestTimeout: 1_000,
  }
  const receive = createReceive({
    greeter: {
      hello(connection) {
        connection.session = fakeSession()
        connection.send({ kind: 'pong' })
      },
      authenticate: () => undefined,
    },
    channels: fakeChannels(),
    guard: { fresh: () => true, check: () => Promise.resolve(true) },
    home: () => undefined,
    routes,
    publisher,
    pressure: createPressure(publisher),
    wheel,
    events,
    cluster: 'test',
    limits,
  })
  const accepted = createAccept({
    receive,
    openSession(connection, principal) {
      connection.session = fakeSession({ principal })
      return Promise.resolve()
    },
    roster,
    routes,
    channels: fakeChannels(),
    wheel,
    events,
    limits,
    helloTimeout: 10_000,
    heartbeat: 60_000,
    expiry: { notice: 60_000, grace: 5_000 },
    isRevoked: () => false,
    compression: options.compression,
    home: () => undefined,
  })
  const capacity = new Capacity({
    connections: options.connections ?? 100,
    unauthenticated: options.unauthenticated ?? 100,
  })
  const deps = {
    originAllowed: createOriginRule(['https://good'], false),
    sources: [authorizationHeader],
    authenticators: [
      {
        name: 'test',
        claims: () => true,
        authenticate: (credential: { kind: string; token?: string }) =>
          Promise.resolve(credential.token === 'good' ? alice : undefined),
      },
    ],
    closed: () => options.closed,
    anonymous: undefined,
    mayConnect: () => true,
    rawPath: (path: string) => routes.ofPath(path) !== undefined,
  }
  const decide: typeof options.verdict | ((request: Parameters<typeof admit>[1]) => Promise<Verdict>) =
    options.verdict ?? ((request) => admit(deps, request))
  const upgrade = createUpgrade({
    admit: decide,
    capacity,
    events,
    rejectBy: options.rejectBy ?? 'close',
    limits: { frame: options.frame ?? limits.frame, fragments: options.fragments ?? limits.fragments },
    compression: options.compression,
    accept: accepted.accept,
  })
  const server = createClientServer(
    {
      host: '127.0.0.1',
      port: 0,
      handshakeTimeout: options.handshakeTimeout ?? 5_000,
      maxHeaderSize: options.maxHeaderSize ?? 4_096,
      maxSockets: 200,
      maxNewcomers: 200,
      certificates: options.certificates,
    },
    upgrade,
    decide,
  )
  const port = await listen(server, '127.0.0.1', 0, 'UNUSED')
  t.after(async () => {
    wheel.stop()
    upgrade.terminateAll()
    const closed = once(server, 'close')
    server.close().closeAllConnections()
    await closed
  })
  return { port, server, upgrade, accepted, capacity, publisher, events }
}
