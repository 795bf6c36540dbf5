// A record of the slot ends at a socket or in a report, and is settled only then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeSession, incoming, turn } from '../fakes.ts'
import { deliveringNode } from './node.ts'

test('a delivery is settled when the socket has it, and not before', () => {
  const { join, give, watermark } = deliveringNode()
  const session = fakeSession()
  const { socket } = join(session)
  socket.slow = true
  give(incoming({ ce_session: session.id }, '{"n":9007199254740993}'))
  assert.equal(watermark.settled, 7)
  assert.match(socket.sent[0] ?? '', /"payload":\{"n":9007199254740993\}/)
  socket.flush()
  assert.equal(watermark.settled, 8)
})

test('a reply answers the request that is open; one that ended before is passed over', () => {
  const { join, give, watermark } = deliveringNode()
  const session = fakeSession()
  const { socket } = join(session)
  session.requests.open('q', { stopTimer: () => undefined, tellBackend: () => undefined })
  give(incoming({ ce_session: session.id, ce_request: 'q', ce_more: 'true' }))
  assert.equal(session.requests.stateOf('q'), 'open')
  give(incoming({ ce_session: session.id, ce_request: 'q' }, '{}', { offset: 8 }))
  assert.equal(session.requests.stateOf('q'), 'unknown')
  session.requests.open('late', { stopTimer: () => undefined, tellBackend: () => undefined })
  session.requests.abandon('late')
  give(incoming({ ce_session: session.id, ce_request: 'late' }, '{}', { offset: 9 }))
  assert.deepEqual(
    socket.frames.map(({ kind }) => kind),
    ['reply', 'reply'],
  )
  assert.equal(watermark.settled, 10)
})

test('another tenant is never reached', async () => {
  const { join, give, watermark, told } = deliveringNode()
  const session = fakeSession({ principal: { user: 'alice', tenant: 'acme', claims: {} } })
  const { socket } = join(session)
  give(incoming({ ce_session: session.id }))
  give(incoming({ ce_session: session.id, ce_tenant: 'other' }, '{}', { offset: 8 }))
  await turn()
  assert.deepEqual([socket.sent.length, told(), watermark.settled], [0, ['wrong-tenant', 'wrong-tenant'], 9])
})

test('what is late or left out is not shown', async () => {
  const { join, give, watermark, told } = deliveringNode()
  const session = fakeSession()
  const { socket } = join(session)
  give(incoming({ ce_session: session.id, ce_expirytime: '2020-01-01T00:00:00Z' }))
  give(incoming({ ce_session: session.id, ce_except: `session:${session.id}` }, '{}', { offset: 8 }))
  await turn()
  assert.deepEqual([socket.sent.length, told(), watermark.settled], [0, ['deadline-passed'], 9])
})

test('a delivery over the limit is reported, not quarantined', async () => {
  const { join, give, watermark, told } = deliveringNode()
  const session = fakeSession()
  const { socket } = join(session)
  give(incoming({ ce_session: session.id }, 'x'.repeat(10_001)))
  await turn()
  assert.deepEqual([socket.sent.length, told(), watermark.settled], [0, ['too-large'], 8])
})

test('a session that is just opening gets its deliveries after the welcome', () => {
  const { roster, join, give, watermark } = deliveringNode()
  const session = fakeSession()
  roster.opening(session.id)
  give(incoming({ ce_session: session.id }))
  assert.equal(watermark.settled, 7)
  const { connection, socket } = join(session)
  connection.send({ kind: 'pong' })
  roster.opened(session.id)
  assert.deepEqual(
    socket.frames.map(({ kind }) => kind),
    ['pong', 'message'],
  )
  assert.equal(watermark.settled, 8)
})

test('a socket that is too slow loses the delivery, which is reported as slow', async () => {
  const { join, give, told, watermark } = deliveringNode()
  const session = fakeSession()
  const { socket } = join(session, { outbox: 10 })
  socket.slow = true
  give(incoming({ ce_session: session.id }, '"first"'))
  give(incoming({ ce_session: session.id }, '"second"', { offset: 8 }))
  await turn()
  assert.equal(socket.closed?.code, 4513)
  assert.deepEqual([told(), watermark.settled], [['slow'], 7])
  socket.flush(false)
  await turn()
  assert.deepEqual([told(), watermark.settled], [['slow', 'slow'], 9])
})

test('receipts that were asked for are in Kafka before the delivery counts as settled', async () => {
  const done = Promise.withResolvers<'published'>()
  const { join, give, watermark } = deliveringNode({ surely: () => done.promise })
  const session = fakeSession()
  join(session)
  give(incoming({ ce_session: session.id, ce_receipt: 'confirmed' }))
  await turn()
  assert.equal(watermark.settled, 7)
  done.resolve('published')
  await turn()
  assert.equal(watermark.settled, 8)
})
