// Positions of channels: what is written is read again, and nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatChannelPosition, parseChannelPosition } from '../../../gateway/channels/channel-position.ts'

test('every position that is written is read again', () => {
  const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
  fc.assert(
    fc.property(fc.nat(9_999), fc.maxSafeNat(), uint32, (partition, next, hash) => {
      const text = formatChannelPosition(partition, next, hash)
      assert.deepEqual(parseChannelPosition(text), { partition, next, hash })
    }),
  )
})

for (const text of [
  '',
  '0',
  '0.1',
  '0.1.2.3',
  '-1.1.1',
  '0.1.1 ',
  '0.A.1',
  '0..1',
  `0.${'z'.repeat(11)}.0`,
  '0.1.zzzzzzzz',
])
  test(`"${text}" is no position`, () => assert.equal(parseChannelPosition(text), undefined))
