// Times, counts and numbers as the wire has them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toRfc3339, toTime, toUint32 } from '../../../gateway/protocol/quantities.ts'

test('times are written as Date does, in any order', () => {
  const anyTime = fc.integer({ min: Date.parse('0001-01-01'), max: Date.parse('9999-12-31') })
  fc.assert(fc.property(anyTime, (ms) => assert.equal(toRfc3339(ms), new Date(ms).toISOString())))
  for (const ms of [0, 999, 1000, 1001, 0, -1, -1000]) assert.equal(toRfc3339(ms), new Date(ms).toISOString())
})

test('times that no calendar has are moved to its ends, and never fail', () => {
  assert.equal(toRfc3339(Number.MAX_VALUE), '9999-12-31T23:59:59.999Z')
  assert.equal(toRfc3339(-Number.MAX_VALUE), '0001-01-01T00:00:00.000Z')
  assert.equal(toRfc3339(Number.NaN), '1970-01-01T00:00:00.000Z')
  assert.equal(toTime(1.9), 1)
})

test('durations and counts become whole numbers of 32 bits', () => {
  const given = [0, 1.5, 25_000, -3, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40]
  assert.deepEqual(given.map(toUint32), [0, 2, 25_000, 0, 0, 2 ** 32 - 1, 2 ** 32 - 1])
})
