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
  const { targets, tenant, origin, hops, headers, payload } = read
  assert.deepEqual(
    { targets, tenant, origin, hops, headers },
    {
      targets: [{ kind: 'session', session }],
      tenant: 'acme',
      origin: 'dispatch/0/81',
      hops: 1,
      headers: { 'x-a': '1' },
    },
  )
  assert.equal(payload.bytes.toString(), 'hi')
})

test('a forward says where in which slot it stood first, and for which generation it was sent', () => {
  const first = incoming({ ce_session: session }, 'hi', { offset: 81 })
  const target = { kind: 'session', session } as const
  const told = { place: '0/81', generation: 5 }
  const once = readAgain(toForward(first, delivery(first), target, 'slot.3', secret, told), { offset: 9 })
  assert.deepEqual(delivery(once).mark, {
    origin: 'slot.0/0/81',
    hops: 1,
    place: { slot: 0, offset: 81 },
    generation: 5,
  })
  const untold = readAgain(toForward(once, delivery(once), target, 'slot.1', secret))
  assert.deepEqual(delivery(untold).mark, { origin: 'slot.0/0/81', hops: 2, generation: -1 })
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
  ['first place', { ce_place: '3/82' }],
  ['first place that was none', { ce_place: '' }],
  ['generation', { ce_generation: '6' }],
] as const) {
  test(`a mark does not fit another ${what}`, () => {
    const first = incoming({ ce_to: 'user:alice', ce_tenant: 'acme' }, 'hi', { topic: 'dispatch' })
    const { headers, ...rest } = toForward(
      first,
      delivery(first, dispatch),
      { kind: 'session', session },
      'slot.3',
      secret,
      { place: '3/81', generation: 5 },
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
  assert.equal(delivery(readAgain(forward), { ...slot, secrets: [secret, 'the old secret'] }).mark?.hops, 1)
})
