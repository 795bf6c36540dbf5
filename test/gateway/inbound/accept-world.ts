// What tests of accepted sockets start from: one socket at a time, and a clock that the test moves.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Capacity } from '../../../gateway/admission/capacity.ts'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { createAccept } from '../../../gateway/inbound/accept.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import type { Principal } from '../../../gateway/session/principal.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import { FakeSocket } from '../fake-connection.ts'
import { fakeHome, fakeSession, quietEvents } from '../fakes.ts'

export function world(t: TestContext) {
  let now = 0
  const wheel = new TimerWheel(10, 100, () => now)
  t.after(() => wheel.stop())
  const roster = new Roster<Connection>()
  const ended: string[] = []
  const received: string[] = []
  const left: unknown[] = []
  const capacity = new Capacity({ connections: 10, unauthenticated: 10 })
  const state = { opens: (): Promise<void> => Promise.resolve(), revoked: '' }
  const accepted = createAccept({
    receive: (_connection, bytes) => void received.push(bytes.toString()),
    async openSession(connection, principal) {
      await state.opens()
      connection.session = fakeSession({ id: 's', principal })
      roster.add('s', connection)
    },
    roster,
    routes: compileRoutes(
      settings.parse({ bin: { topic: 'b', contentType: 'image/png', match: [{ path: '/bin' }] } }),
    ),
    channels: { left: (client) => void left.push(client) },
    wheel,
    events: quietEvents(),
    limits: { outbox: 1_000, held: 1_000 },
    helloTimeout: 10_000,
    heartbeat: 1_000_000,
    expiry: { notice: 60_000, grace: 0 },
    isRevoked: ({ user }) => user === state.revoked,
    home: () =>
      fakeHome({ left: ({ id }, resumable, reason) => void ended.push(`${id} ${resumable} ${reason}`) }),
  })
  const socket = new FakeSocket()
  const enter = (principal?: Principal, path?: string) => {
    const seat = capacity.enter()
    assert.ok(seat)
    const codec = path === undefined ? { codec: jsonCodec } : {}
    return accepted.accept(
      socket,
      { path: path ?? '/', ...codec, ...(principal === undefined ? {} : { principal }) },
      seat,
    )
  }
  return {
    accepted,
    capacity,
    roster,
    socket,
    ended,
    left,
    received,
    state,
    enter,
    pass: (ms: number) => {
      now += ms
      wheel.turn()
    },
  }
}
