// One session and its way to a publisher in memory, on a clock of the test's own.
import type { TestContext } from 'node:test'
import type { Channels } from '../../../gateway/channels/ports.ts'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { createPressure } from '../../../gateway/inbound/pressure.ts'
import { publishFrame } from '../../../gateway/inbound/publish.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import type { Publish, Request } from '../../../gateway/protocol/frames.ts'
import { fakeConnection } from '../fake-connection.ts'
import { FakePublisher, fakeChannels, fakeSession, quietEvents } from '../fakes.ts'

export const payload = { bytes: Buffer.from('{}'), contentType: 'application/json' }
export const publish = (more: Partial<Publish> = {}): Publish => ({
  kind: 'publish',
  route: 'chat',
  id: 'm',
  payload,
  ...more,
})
export const request = (more: Partial<Request> = {}): Request => ({
  kind: 'request',
  route: 'chat',
  id: 'q',
  payload,
  ...more,
})

export function publishWorld(
  t: TestContext,
  options: {
    session?: Parameters<typeof fakeSession>[0]
    raw?: boolean
    inflight?: number
    channels?: Partial<Channels>
  } = {},
) {
  let now = 0
  const wheel = new TimerWheel(10, 100, () => now)
  t.after(() => wheel.stop())
  const publisher = new FakePublisher()
  const session = fakeSession(options.session)
  const opened = fakeConnection({
    session,
    path: '/chat',
    ...(options.raw ? { dialect: rawDialect('application/octet-stream') } : {}),
  })
  const deps = {
    routes: compileRoutes(
      settings.parse({
        chat: { topic: 'chat.in', match: [{ path: '/chat' }] },
        closed: { topic: 'closed.in', allow: false },
        members: { topic: 'members.in', allow: "'member' in principal.roles && type != 'admin'" },
        secretive: { topic: 'secret.in', ack: 'position-only' },
        rooms: { topic: 'rooms.in', key: 'payload.room' },
      }),
    ),
    channels: fakeChannels(options.channels),
    publisher,
    pressure: createPressure(publisher),
    wheel,
    events: quietEvents(),
    cluster: 'main',
    limits: { inflight: options.inflight ?? 10, requestTimeout: 30_000 },
  }
  return {
    ...opened,
    publisher,
    session,
    send: (frame: Publish | Request) => publishFrame(deps, opened.connection, session, frame),
    pass: (ms: number) => {
      now += ms
      wheel.turn()
    },
    /** What the client was told: kinds, ids and codes. */
    told: () => opened.socket.frames.map(({ kind, id, code }) => [kind, id, code].filter(Boolean).join(' ')),
  }
}
