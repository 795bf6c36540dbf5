// What is sent on: the record as it was, but for what each hop says anew.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import type { Target } from '../../../gateway/delivery/targets.ts'
import { incoming, readAgain } from '../fakes.ts'

const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const secret = 'a secret of this test'
const options = { from: 'dispatch', maxTargets: 3, secrets: [secret] } as const

function forward(
  target: Target,
  record = incoming({ ce_to: 'user:a', ce_request: 'q', ce_custom: 'é', 'x-a': '' }, 'hi'),
) {
  const delivery = readDelivery(record, options)
  assert.ok(!isUnreadable(delivery))
  return toForward(record, delivery, target, 'slot.1', secret)
}

test('other headers and the value go on unchanged', () => {
  const { topic, value, headers } = forward({ kind: 'session', session })
  const { ce_gateway, ...rest } = headers
  assert.equal(topic, 'slot.1')
  assert.equal(value.toString(), 'hi')
  assert.match(ce_gateway ?? '', /^[A-Za-z0-9_-]{43}$/)
  assert.deepEqual(rest, {
    ce_request: 'q',
    ce_custom: 'é',
    'x-a': '',
    ce_to: `session:${session}`,
    ce_origin: 'slot.0/0/7',
    ce_hops: '1',
  })
})

test('to a slot it is keyed by its session, in the one partition; to channels by its channel', () => {
  assert.deepEqual(
    [
      forward({ kind: 'session', session }),
      forward({ kind: 'everyone' }),
      forward({ kind: 'channel', channel: 'c' }),
    ].map(({ key, partition }) => [key, partition]),
    [
      [session, 0],
      ['everyone', 0],
      ['channel:c', undefined],
    ],
  )
})

test('a second hop keeps the origin and counts on', () => {
  const first = forward({ kind: 'session', session })
  const second = forward({ kind: 'session', session }, readAgain(first, { offset: 99 }))
  assert.deepEqual([second.headers['ce_origin'], second.headers['ce_hops']], ['slot.0/0/7', '2'])
})

test('a tombstone goes on as an empty value', () => {
  assert.equal(forward({ kind: 'everyone' }, incoming({ ce_to: 'everyone' }, null)).value.length, 0)
})
