// Every frame with an id is answered once: by an ack after Kafka's, a refusal, or replies.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notStored, stored } from '../fakes.ts'
import { payload, publish, publishWorld, request } from './publish-world.ts'

test('the ack comes after Kafka’s, and says where', (t) => {
  const { send, publisher, socket } = publishWorld(t)
  send(publish())
  assert.deepEqual(socket.sent, [])
  publisher.settle({ ok: true, topic: 'chat.in', partition: 2, offset: 41 })
  assert.deepEqual(socket.frames, [{ kind: 'ack', id: 'm', topic: 'chat.in', partition: 2, offset: '41' }])
})

test('a route may hide where', (t) => {
  const { send, publisher, socket } = publishWorld(t)
  send(publish({ route: 'secretive' }))
  publisher.settle(stored(41))
  assert.deepEqual(socket.frames, [{ kind: 'ack', id: 'm', topic: '', partition: 0, offset: '0' }])
})

test('a frame without an id is not acked, and gets a number of its own', (t) => {
  const { send, publisher, socket, session } = publishWorld(t)
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
  ['forbidden', publish({ route: 'members' }), {}],
] as const) {
  test(`refused: ${code}, and the next frame is taken`, (t) => {
    const { send, told, publisher, socket } = publishWorld(t, { session })
    send(frame)
    assert.deepEqual(told(), [`refusal m ${code}`])
    assert.equal(socket.frames[0]?.['retryable'], false)
    assert.deepEqual([publisher.records, socket.closed], [[], undefined])
  })
}

test('an id that was refused may be used again', (t) => {
  const { send, told, publisher } = publishWorld(t)
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
    const { send, publisher, socket } = publishWorld(t)
    send(publish())
    publisher.settle(notStored(failure))
    assert.deepEqual(
      socket.frames.map(({ code, retryable, retryAfterMs: wait }) => [code, retryable, wait]),
      [[failure, retryAfterMs !== undefined, retryAfterMs]],
    )
  })
}

test('a repeat is published once and answered with the same place', (t) => {
  const { send, publisher, socket } = publishWorld(t)
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
  const { send, told, publisher, socket } = publishWorld(t)
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
  const { send, told, publisher } = publishWorld(t, { inflight: 2 })
  for (const id of ['a', 'b', 'c']) send(publish({ id }))
  assert.deepEqual(told(), ['refusal c too-many-inflight'])
  publisher.settle(stored())
  send(publish({ id: 'c' }))
  assert.equal(publisher.records.length, 3)
})

test('a raw client that is ahead of Kafka is paused instead, and goes on at half', (t) => {
  const { send, publisher, socket } = publishWorld(t, { raw: true, inflight: 2 })
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
  const { send, publisher, session, socket } = publishWorld(t, { raw: true })
  const { id: _, route: __, ...frame } = publish()
  send(frame)
  assert.equal(publisher.records[0]?.headers['ce_id'], `${session.id}/1`)
  publisher.settle(notStored('outcome-unknown'))
  assert.deepEqual(socket.closed, { code: 1013, reason: 'outcome-unknown' })
})

test('what Kafka says after the connection ended harms nothing', (t) => {
  const { send, publisher, connection, session, socket } = publishWorld(t)
  send(publish())
  send(request())
  connection.ended(1006)
  session.requests.clear()
  publisher.settle(stored())
  publisher.settle(notStored('broker-unavailable'))
  assert.deepEqual([socket.sent, connection.inflight], [[], 0])
})
