// A node hears its own canaries, and nobody else can make one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readControl, toCanary } from '../../../gateway/delivery/control.ts'
import { incoming, readAgain } from '../fakes.ts'

const secret = 'a secret of this test'
const canary = toCanary({ node: 'gw-1', epoch: 1_700_000_000_000 }, 'slot.0', secret)

test('a canary comes back as it was sent, empty and to the one partition', () => {
  assert.deepEqual([canary.key, canary.partition, canary.value.length], [null, 0, 0])
  assert.deepEqual(readControl(readAgain(canary), [secret]), { node: 'gw-1', epoch: 1_700_000_000_000 })
  assert.deepEqual(readControl(readAgain(canary), ['newer', secret])?.node, 'gw-1')
})

for (const [what, record] of [
  ['without a mark', incoming({ ce_type: 'openclaw.control.canary', ce_node: 'gw-1', ce_epoch: '1' })],
  ['of another secret', readAgain(toCanary({ node: 'gw-1', epoch: 1 }, 'slot.0', 'other'))],
  ['of another slot', readAgain(canary, { topic: 'slot.1' })],
  ['of another node', readAgain({ ...canary, headers: { ...canary.headers, ce_node: 'gw-2' } })],
  ['of another epoch', readAgain({ ...canary, headers: { ...canary.headers, ce_epoch: '2' } })],
] as const) {
  test(`a canary ${what} is none`, () => assert.equal(readControl(record, [secret]), undefined))
}

test('the reply to a route that is called control is a delivery', () => {
  assert.equal(readControl(incoming({ ce_type: 'openclaw.control.order' }), [secret]), undefined)
  assert.equal(readControl(incoming(), [secret]), undefined)
})
