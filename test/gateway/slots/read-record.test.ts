// What a record of a slot's log is: a word between gateways, a delivery for one, for several, for everyone, or none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnreadable, type ReadOptions, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { type ForwardOptions, toForward } from '../../../gateway/delivery/forward.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import type { Target } from '../../../gateway/delivery/targets.ts'
import { toControl } from '../../../gateway/slots/control-records.ts'
import { itemOf, readRecord } from '../../../gateway/slots/read-record.ts'
import { incoming, readAgain } from '../fakes.ts'

const secret = 'a secret of this test'
const [one, two] = ['A'.repeat(22), 'B'.repeat(22)]
const options: ReadOptions = { from: 'slot', maxTargets: 3, secrets: [secret] }

function sentOn(record: IncomingRecord, target: Target, how: ForwardOptions = {}): IncomingRecord {
  const read = readDelivery(record, {
    ...options,
    from: record.topic.startsWith('slot') ? 'slot' : 'dispatch',
  })
  assert.ok(!isUnreadable(read))
  return readAgain(toForward(record, read, target, 'slot.0', secret, how), { offset: 9 })
}

const arrivalOf = (record: IncomingRecord) => {
  const read = readRecord(0, record, options)
  assert.ok(read.kind === 'one', JSON.stringify(read))
  const { body, ...arrival } = read.arrival
  assert.equal(itemOf({ body }).record, record)
  return arrival
}

test('what a backend writes for one session begins here', () => {
  const first = { offset: 7, session: one, origin: { slot: 0, offset: 7 }, hops: 0, generation: -1 }
  assert.deepEqual(arrivalOf(incoming({ ce_session: one })), first)
  assert.deepEqual(arrivalOf(incoming({ ce_to: `session:${one}` })), first)
})

test('what dispatch sent here begins here, too, and says for which generation', () => {
  const record = sentOn(
    incoming({ ce_to: 'user:alice' }, '1', { topic: 'dispatch' }),
    { kind: 'session', session: one },
    { generation: 5 },
  )
  const origin = { slot: 0, offset: 9 }
  assert.deepEqual(arrivalOf(record), { offset: 9, session: one, origin, hops: 0, generation: 5 })
})

test('what another slot sent here began there', () => {
  const record = sentOn(
    incoming({ ce_session: one }, '1', { topic: 'slot.3', offset: 20 }),
    { kind: 'session', session: one },
    { place: '3/20', generation: 5 },
  )
  const origin = { slot: 3, offset: 20 }
  assert.deepEqual(arrivalOf(record), { offset: 9, session: one, origin, hops: 1, generation: 5 })
})

test('a word between gateways is that only where it was written', () => {
  const canary = { kind: 'canary', node: 'a', epoch: 1 } as const
  const record = readAgain(toControl(canary, 'slot.0', secret))
  assert.deepEqual(readRecord(0, record, options), { kind: 'control', control: canary })
  assert.equal(readRecord(0, { ...record, topic: 'slot.1' }, options).kind, 'unreadable')
})

test('several sessions are split, everyone is everyone, and the rest is unreadable', () => {
  const several = incoming({ ce_to: `session:${one},session:${two}` })
  const toAll = sentOn(incoming({ ce_to: 'everyone' }, '1', { topic: 'dispatch' }), { kind: 'everyone' })
  const user = { kind: 'user', user: 'alice' } as const
  const toUser = sentOn(incoming({ ce_to: 'user:alice' }, '1', { topic: 'dispatch' }), user)
  assert.deepEqual(
    [several, toAll, toUser, incoming(), incoming({}, null)].map(
      (record) => readRecord(0, record, options).kind,
    ),
    ['several', 'everyone', 'unreadable', 'unreadable', 'unreadable'],
  )
})
