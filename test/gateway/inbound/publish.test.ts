// Every frame with an id is answered once: by an ack after Kafka's, a refusal, or replies.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { createPressure } from '../../../gateway/inbound/pressure.ts'
import { publishFrame } from '../../../gateway/inbound/publish.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import type { Publish, Request } from '../../../gateway/protocol/frames.ts'
import { ClientRequests } from '../../../gateway/session/requests.ts'
import { FakePublisher, fakeConnection, fakeSession, notStored, quietEvents, stored } from '../fakes.ts'

const payload = { bytes: Buffer.from('{}'), contentType: 'application/json' }
const publish = (more: Partial<Publish> = {}): Publish => ({
  kind: 'publish',
  route: 'chat',
  id: 'm',
  payload,
  ...more,
})
const request = (more: Partial<Request> = {}): Request => ({
  kind: 'request',
  route: 'chat',
  id: 'q',
  payload,
  ...more,
})

function world(
  t: TestContext,
  options: { session?: Parameters<typeof fakeSession>[0]; raw?: boolean; inflight?: number } = {},
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
        secretive: { topic: 'secret.in', ack: 'position-only' },
        rooms: { topic: 'rooms.in', key: 'payload.room' },
      }),
    ),
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

test('the ack comes after Kafka’s, and says where', (t) => {
  const { send, publisher, socket } = world(t)
  send(publish())
  assert.deepEqual(socket.sent, [])
  publisher.settle({ ok: true, topic: 'chat.in', partition: 2, offset: 41 })
  assert.deepEqual(socket.frames, [{ kind: 'ack', id: 'm', topic: 'chat.in', partition: 2, offset: '41' }])
})

test('a route may hide where', (t) => {
  const { send, publisher, socket } = world(t)
  send(publish({ route: 'secretive' }))
  publisher.settle(stored(41))
  assert.deepEqual(socket.frames, [{ kind: 'ack', id: 'm', topic: '', partition: 0, offset: '0' }])
})

test('a frame without an id is not acked, and gets a number of its own', (t) => {
  const { send, publisher, socket, session } = world(t)
  const { id: _, ...frame } = publish()
  send(frame)
  send(frame)
  publisher.settle(stored())
  assert.deepEqual(socket.sent, [])
  assert.deepEqual(
    publisher.records.map(({ headers }) => headers['ce_id']),
    [`${session.id}/:1`, `${session.id}/:2`],
  )
})

const over = { user: 'alice', tenant: '', claims: {}, expiresAt: 1 }
for (const [code, frame, session] of [
  ['unknown-route', publish({ route: 'nope' }), {}],
  ['unknown-channel', { kind: 'publish', id: 'm', channel: 'c', payload }, {}],
  ['forbidden', publish({ route: 'closed' }), {}],
  ['forbidden', publish(), { principal: { tenant: '', claims: {} } }],
  ['token-expired', publish(), { principal: over }],
  ['invalid-payload', publish({ route: 'rooms' }), {}],
] as const) {
  test(`refused: ${code}, and the next frame is taken`, (t) => {
    const { send, told, publisher, socket } = world(t, { session })
    send(frame)
    assert.deepEqual(told(), [`refusal m ${code}`])
    assert.equal(socket.frames[0]?.['retryable'], false)
    assert.deepEqual([publisher.records, socket.closed], [[], undefined])
  })
}

test('an id that was refused may be used again', (t) => {
  const { send, told, publisher } = world(t)
  send(publish({ route: 'rooms' }))
  send(publish())
  publisher.settle(notStored('broker-unavailable'))
  send(publish())
  publisher.settle(stored())
  assert.deepEqual(told(), ['refusal m invalid-payload', 'refusal m broker-unavailable', 'ack m'])
})

for (const [failure, retryAfterMs] of [
  ['broker-unavailable', 1_000],
  ['outcome-unknown', 1_000],
  ['route-unavailable', 5_000],
  ['too-large', undefined],
] as const) {
  test(`Kafka’s ${failure} is the client’s`, (t) => {
    const { send, publisher, socket } = world(t)
    send(publish())
    publisher.settle(notStored(failure))
    assert.deepEqual(
      socket.frames.map(({ code, retryable, retryAfterMs: wait }) => [code, retryable, wait]),
      [[failure, retryAfterMs !== undefined, retryAfterMs]],
    )
  })
}

test('a repeat is published once and answered with the same place', (t) => {
  const { send, publisher, socket } = world(t)
  send(publish())
  send(publish())
  publisher.settle(stored(5))
  send(publish())
  assert.equal(publisher.records.length, 1)
  assert.deepEqual(
    socket.frames.map(({ kind, offset }) => [kind, offset]),
    [
      ['ack', '5'],
      ['ack', '5'],
    ],
  )
})

test('a full queue refuses, and a queue that fills up stops the reading', (t) => {
  const { send, told, publisher, socket } = world(t)
  publisher.press(true)
  send(publish())
  assert.equal(socket.paused, true)
  publisher.full = true
  send(publish({ id: 'n' }))
  assert.deepEqual(told(), ['refusal n broker-unavailable'])
  publisher.press(false)
  assert.equal(socket.paused, false)
})

test('too many frames without their ack are refused', (t) => {
  const { send, told, publisher } = world(t, { inflight: 2 })
  for (const id of ['a', 'b', 'c']) send(publish({ id }))
  assert.deepEqual(told(), ['refusal c too-many-inflight'])
  publisher.settle(stored())
  send(publish({ id: 'c' }))
  assert.equal(publisher.records.length, 3)
})

test('a raw client that is ahead of Kafka is paused instead, and goes on at half', (t) => {
  const { send, publisher, socket } = world(t, { raw: true, inflight: 2 })
  const { id: _, route: __, ...frame } = publish()
  send(frame)
  assert.equal(socket.paused, false)
  send(frame)
  assert.equal(socket.paused, true)
  publisher.settle(stored())
  assert.equal(socket.paused, false)
  assert.deepEqual(socket.sent, [])
})

test('a raw client’s frames are numbered, and a refusal ends it with its code', (t) => {
  const { send, publisher, session, socket } = world(t, { raw: true })
  const { id: _, route: __, ...frame } = publish()
  send(frame)
  assert.equal(publisher.records[0]?.headers['ce_id'], `${session.id}/1`)
  publisher.settle(notStored('outcome-unknown'))
  assert.deepEqual(socket.closed, { code: 1013, reason: 'outcome-unknown' })
})

test('a request is answered by its replies alone, and its time goes into the record', (t) => {
  const { send, publisher, socket, session } = world(t)
  const before = Date.now()
  send(request({ timeoutMs: 500 }))
  publisher.settle(stored())
  assert.deepEqual([socket.sent, session.requests.stateOf('q')], [[], 'open'])
  const until = Date.parse(publisher.records[0]?.headers['ce_expirytime'] ?? '')
  assert.ok(until >= before + 500 && until <= Date.now() + 500)
})

test('a request without a reply in its time is refused, and the backend is told', (t) => {
  const { send, told, publisher, session, pass } = world(t)
  send(request({ timeoutMs: 500 }))
  publisher.settle(stored())
  pass(490)
  assert.deepEqual(told(), [])
  pass(30)
  assert.deepEqual([told(), session.requests.stateOf('q')], [['refusal q timeout'], 'ended'])
  const cancel = publisher.records[1]
  assert.deepEqual([cancel?.headers['ce_cancel'], cancel?.value.length], ['true', 0])
})

test('a request that timed out is not refused a second time when Kafka gives up on it', (t) => {
  const { send, told, publisher, pass } = world(t)
  send(request({ timeoutMs: 500 }))
  pass(600)
  publisher.settle(notStored('broker-unavailable'))
  assert.deepEqual(told(), ['refusal q timeout'])
})

test('a request that Kafka did not take is refused and no longer open', (t) => {
  const { send, told, publisher, session, pass } = world(t)
  send(request())
  publisher.settle(notStored('outcome-unknown'))
  pass(60_000)
  assert.deepEqual([told(), session.requests.stateOf('q')], [['refusal q outcome-unknown'], 'unknown'])
})

test('a request that is open is not sent twice; one that has ended is', (t) => {
  const { send, publisher, session } = world(t)
  send(request())
  send(request())
  publisher.settle(stored())
  send(request())
  assert.equal(publisher.records.length, 1)
  session.requests.answered('q')
  send(request())
  assert.equal(publisher.records.length, 2)
  assert.equal(session.requests.stateOf('q'), 'open')
})

test('open requests are bounded', (t) => {
  const { send, told, publisher } = world(t, { session: { requests: new ClientRequests(2) } })
  for (const id of ['a', 'b', 'c']) send(request({ id }))
  assert.deepEqual([told(), publisher.records.length], [['refusal c too-many-inflight'], 2])
})

test('what Kafka says after the connection ended harms nothing', (t) => {
  const { send, publisher, connection, session, socket } = world(t)
  send(publish())
  send(request())
  connection.ended(1006)
  session.requests.clear()
  publisher.settle(stored())
  publisher.settle(notStored('broker-unavailable'))
  assert.deepEqual([socket.sent, connection.inflight], [[], 0])
})
