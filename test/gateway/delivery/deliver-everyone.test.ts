// A record for everyone is one delivery, whoever is there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { fakeSession, turn } from '../fakes.ts'
import { deliveringNode, toEveryone } from './node.ts'

test('everyone is everyone of the tenant, in each dialect, and nobody’s reply', () => {
  const { join, give, watermark } = deliveringNode()
  const asking = fakeSession()
  asking.requests.open('q', { stopTimer: () => undefined, tellBackend: () => undefined })
  const first = join(asking)
  const raw = join(fakeSession(), { dialect: rawDialect('application/octet-stream') })
  const other = join(fakeSession({ principal: { user: 'bob', tenant: 'acme', claims: {} } }))
  const left = join(fakeSession())
  const record = toEveryone({
    ce_session: asking.id,
    ce_request: 'q',
    ce_except: `session:${left.connection.session?.id}`,
  })
  give(record)
  assert.deepEqual(
    first.socket.frames.map(({ kind }) => kind),
    ['message'],
  )
  assert.deepEqual(raw.socket.sent, ['"all"'])
  assert.deepEqual([other.socket.sent, left.socket.sent], [[], []])
  assert.equal(asking.requests.stateOf('q'), 'open')
  assert.equal(watermark.settled, 8)
})

test('everyone is one delivery: settled with its last socket, told once', async () => {
  const { join, give, watermark, told, events } = deliveringNode()
  const sockets = [join(fakeSession()), join(fakeSession()), join(fakeSession())].map(({ socket }) => socket)
  for (const socket of sockets) socket.slow = true
  give(toEveryone({ ce_receipt: 'written' }))
  for (const socket of sockets) {
    assert.equal(watermark.settled, 7)
    socket.flush()
  }
  await turn()
  assert.deepEqual([told(), watermark.settled], [['written'], 8])
  assert.equal(await events.count('deliveries'), 3)
})

test('of everyone, those who missed it are told of once, and only where that was asked for', async () => {
  for (const [receipt, reports] of [
    [{}, []],
    [{ ce_receipt: 'failed' }, ['no-session']],
  ] as const) {
    const { join, give, watermark, told } = deliveringNode()
    const sockets = [join(fakeSession()), join(fakeSession())].map(({ socket }) => socket)
    for (const socket of sockets) socket.slow = true
    give(toEveryone(receipt))
    for (const socket of sockets) socket.flush(false)
    await turn()
    assert.deepEqual([told(), watermark.settled], [reports, 8])
  }
})
