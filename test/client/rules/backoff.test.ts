// The pace of attempts: a random time below a bound that doubles, and no further than its cap.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backOff, protocolPace } from '../../../client/rules/backoff.ts'

test('the bound doubles with each failure up to half a minute', () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 1_000].map((failures) => backOff(failures, 1, protocolPace))
  assert.deepEqual(bounds, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('the whole of it is random', () => {
  assert.equal(backOff(9, 0, protocolPace), 0)
  assert.equal(backOff(2, 0.25, protocolPace), 1_000)
})
