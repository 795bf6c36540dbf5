// A record for a session that is not here goes on to its slot, or is reported.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'
import { incoming, readAgain, turn } from '../fakes.ts'
import { away, deliveringNode, entry, secret } from './node.ts'

test('a session on another slot gets the record there, marked and counted', async () => {
  const { give, watermark, written } = deliveringNode({
    resolver: { session: () => Promise.resolve(entry({})) },
  })
  give(incoming({ ce_session: away }))
  assert.equal(watermark.settled, 7)
  await turn()
  const [forward] = written
  assert.deepEqual([forward?.topic, forward?.key, forward?.headers['ce_hops']], ['slot.3', away, '1'])
  assert.equal(watermark.settled, 8)
})

for (const [what, resolver, reason] of [
  ['is nowhere', {}, 'no-session'],
  ['was on this slot', { session: () => Promise.resolve(entry({ slot: 0 })) }, 'no-session'],
  ['is of another tenant', { session: () => Promise.resolve(entry({ tenant: 'acme' })) }, 'wrong-tenant'],
] as const) {
  test(`a session that ${what} is reported`, async () => {
    const { give, watermark, told } = deliveringNode({ resolver })
    give(incoming({ ce_session: away }))
    await turn()
    assert.deepEqual([told(), watermark.settled], [[reason], 8])
  })
}

test('a record that came too far is reported and goes no further', async () => {
  const { give, told } = deliveringNode({ resolver: { session: () => Promise.resolve(entry({})) } })
  const options = { from: 'slot', maxTargets: 1, secrets: [secret] } as const
  let record = incoming({ ce_session: away })
  for (let hop = 0; hop < 2; hop++) {
    const delivery = readDelivery(record, options)
    assert.ok(!isUnreadable(delivery))
    record = readAgain(toForward(record, delivery, { kind: 'session', session: away }, 'slot.0', secret))
  }
  give(record)
  await turn()
  assert.deepEqual(told(), ['too-many-hops'])
})

test('past the limit of those that wait for the registry, deliveries are reported and not kept', async () => {
  const { give, told, watermark } = deliveringNode({
    resolver: { session: () => new Promise(() => undefined) },
    maxUnresolved: 2,
  })
  for (const offset of [7, 8, 9]) give(incoming({ ce_session: away }, '{}', { offset }))
  await turn()
  assert.deepEqual([told(), watermark.settled], [['no-session'], 7])
})

for (const [failure, reason] of [
  ['too-large', 'too-large'],
  ['route-unavailable', 'no-session'],
] as const) {
  test(`a forward that fails with ${failure} is reported`, async () => {
    const receipts: OutgoingRecord[] = []
    const { give, watermark } = deliveringNode({
      resolver: { session: () => Promise.resolve(entry({})) },
      surely: (record) => {
        if (record.topic === 'slot.3') return Promise.resolve(failure)
        receipts.push(record)
        return Promise.resolve('published')
      },
    })
    give(incoming({ ce_session: away }))
    await turn()
    assert.match(receipts[0]?.value.toString() ?? '', new RegExp(`"reason":"${reason}"`))
    assert.equal(watermark.settled, 8)
  })
}
