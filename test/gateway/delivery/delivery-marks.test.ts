// What gateways say to each other about a record is believed with a genuine mark, and only as it was written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Delivery,
  isUnreadable,
  type ReadOptions,
  readDelivery,
} from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { incoming, readAgain } from '../fakes.ts'

const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const secret = 'a secret of this test'
const slot: ReadOptions = { from: 'slot', maxTargets: 3, secrets: [secret] }
const dispatch: ReadOptions = { ...slot, from: 'dispatch' }

function delivery(record: IncomingRecord, options = slot): Delivery {
  const read = readDelivery(record, options)
  assert.ok(!isUnreadable(read), JSON.stringify(read))
  return read
}

test('a forward is trusted in where it began, whom it is for, and how far it came', () => {
  const first = incoming({ ce_to: 'user:alice', ce_tenant: 'acme', 'x-a': '1' }, 'hi', {
    topic: 'dispatch',
    offset: 81,
  })
  const resolved = delivery(first, dispatch)
  const forward = toForward(first, resolved, { kind: 'session', session }, 'slot.3', secret)
  const read = delivery(readAgain(forward, { offset: 5 }))
  const { targets, tenant, origin, hops, signed, headers, payload } = read
  assert.deepEqual(
    { targets, tenant, origin, hops, signed, headers },
    {
      targets: [{ kind: 'session', session }],
      tenant: 'acme',
      origin: 'dispatch/0/81',
      hops: 1,
      signed: true,
      headers: { 'x-a': '1' },
    },
  )
  assert.equal(payload.bytes.toString(), 'hi')
})

test('everyone on a slot topic is for gateways: only with their mark', () => {
  const first = incoming({ ce_to: 'everyone' }, 'hi', { topic: 'dispatch' })
  const forward = toForward(first, delivery(first, dispatch), { kind: 'everyone' }, 'slot.0', secret)
  assert.deepEqual(delivery(readAgain(forward)).targets, [{ kind: 'everyone' }])
})

for (const [what, changes] of [
  ['tenant', { ce_tenant: 'other' }],
  ['target', { ce_to: 'session:BBBBBBBBBBBBBBBBBBBBBB' }],
  ['origin', { ce_origin: 'dispatch/0/82' }],
  ['hops', { ce_hops: '0' }],
] as const) {
  test(`a mark does not fit another ${what}`, () => {
    const first = incoming({ ce_to: 'user:alice', ce_tenant: 'acme' }, 'hi', { topic: 'dispatch' })
    const { headers, ...rest } = toForward(
      first,
      delivery(first, dispatch),
      { kind: 'session', session },
      'slot.3',
      secret,
    )
    const changed = readAgain({ ...rest, headers: { ...headers, ...changes } })
    assert.ok(isUnreadable(readDelivery(changed, slot)))
    assert.ok(isUnreadable(readDelivery(readAgain({ ...rest, headers, value: Buffer.from('ho') }), slot)))
  })
}

test('a mark by a previous secret counts, one by a stranger’s does not', () => {
  const first = incoming({ ce_session: session }, 'hi')
  const forward = toForward(first, delivery(first), { kind: 'session', session }, 'slot.3', 'the old secret')
  assert.ok(isUnreadable(readDelivery(readAgain(forward), slot)))
  assert.equal(delivery(readAgain(forward), { ...slot, secrets: [secret, 'the old secret'] }).signed, true)
})
