// What a client sees of a delivery.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '../../../gateway/delivery/delivery.ts'
import { toFrame } from '../../../gateway/delivery/to-frame.ts'

const payload = { bytes: Buffer.from('1'), contentType: 'application/json' }
const bare: Delivery = {
  targets: [],
  tenant: '',
  more: false,
  origin: 't/0/0',
  hops: 0,
  payload,
}
const answer: Delivery = { ...bare, session: 's', request: 'q', id: 'of the request', type: 't' }

test('a delivery is a message with what it says of itself', () => {
  assert.deepEqual(toFrame(bare, 's', 'p', 5), { kind: 'message', position: 'p', time: 5, payload })
  const full = { ...bare, id: 'e', type: 't', trace: '00', headers: { 'x-a': '1' } }
  assert.deepEqual(toFrame(full, 's', 'p', 5), {
    kind: 'message',
    id: 'e',
    type: 't',
    trace: '00',
    headers: { 'x-a': '1' },
    position: 'p',
    time: 5,
    payload,
  })
})

test('to the session that asked it is the reply, under the id of the request', () => {
  assert.deepEqual(toFrame(answer, 's', 'p', 5), {
    kind: 'reply',
    request: 'q',
    type: 't',
    position: 'p',
    time: 5,
    payload,
  })
  const more = toFrame({ ...answer, more: true, error: 'e' }, 's', 'p', 5)
  assert.deepEqual([more.kind === 'reply' && more.more, more.kind === 'reply' && more.error], [true, 'e'])
})

test('to any other session it is a message', () => {
  assert.equal(toFrame(answer, 'another', 'p', 5).kind, 'message')
  assert.equal(toFrame({ ...bare, session: 's' }, 's', 'p', 5).kind, 'message')
})
