// What is broken, unfinished or lost holds up nothing and is not reported wrongly.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeSession, incoming, turn } from '../fakes.ts'
import { away, deliveringNode } from './node.ts'

test('what cannot be read is quarantined and passed', async () => {
  const { give, told, watermark } = deliveringNode()
  give(incoming({ ce_to: 'user:alice' }))
  give(incoming({}, null, { offset: 8 }))
  await turn()
  assert.deepEqual([told(), watermark.settled], [['invalid', 'invalid'], 9])
})

test('when the node stops, what is unfinished stays unsettled for the next', async () => {
  const { give, watermark } = deliveringNode({ surely: () => Promise.reject(new Error('stopped')) })
  give(incoming({ ce_session: away }))
  give(incoming({}, 'x', { offset: 8 }))
  await turn()
  assert.equal(watermark.settled, 7)
})

test('after the slot is lost nothing is reported: its next holder finds the session or reports', async () => {
  const { join, give, watermark, told } = deliveringNode()
  const session = fakeSession()
  const { socket } = join(session)
  socket.slow = true
  give(incoming({ ce_session: session.id }))
  watermark.abandon()
  socket.flush(false)
  await turn()
  assert.deepEqual([told(), watermark.settled], [[], 7])
})

for (const timestamp of [-1, Number.NaN, 1.5, Number.MAX_SAFE_INTEGER]) {
  test(`a record of the time ${timestamp} is delivered like any other`, () => {
    const { join, give, watermark } = deliveringNode()
    const session = fakeSession()
    const { socket } = join(session)
    give(incoming({ ce_session: session.id }, '1', { timestamp }))
    assert.match(String(socket.frames[0]?.['time']), /^\d{4}-\d\d-\d\dT/)
    assert.equal(watermark.settled, 8)
  })
}

test('should the gateway itself fail at a record, those behind it are delivered', async () => {
  const { join, give, watermark, told } = deliveringNode()
  const broken = fakeSession()
  join(broken, {
    dialect: {
      enveloped: true,
      name: 'broken',
      decode: () => ({ kind: 'ping' }),
      encode: () => {
        throw new Error('a bug')
      },
    },
  })
  const session = fakeSession()
  const { socket } = join(session)
  give(incoming({ ce_session: broken.id }))
  give(incoming({ ce_session: session.id }, '1', { offset: 8 }))
  await turn()
  assert.deepEqual([told(), socket.sent.length, watermark.settled], [['invalid'], 1, 9])
})
