// A position names a place in a log, and a record that is another one at the same place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatPosition, parsePosition, recordHash } from '../../../gateway/session/position.ts'

test('every position is read back as it was written', () => {
  const position = fc.record(
    {
      slot: fc.integer({ min: 0, max: 4_095 }),
      since: fc.nat(),
      ahead: fc.nat(),
      hash: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(position, ({ slot, since, ahead, hash }) => {
      const next = since + ahead
      assert.deepEqual(parsePosition(formatPosition(slot, since, next, hash)), { slot, since, next, hash })
    }),
  )
})

for (const text of [
  '',
  '1',
  '1.2',
  '1.2.3',
  '1.2.3.4.5',
  'A.b.c.d',
  '-1.2.3.4',
  '1..3.4',
  '1.2.3.',
  ' 1.2.3.4',
  '1.4.3.5',
  '1.0.zzzzzzzzzzz.3',
  '1.2.3.zzzzzzzz',
]) {
  test(`"${text}" is no position`, () => assert.equal(parsePosition(text), undefined))
}

test('records differ by their value and by their time', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')]
  assert.equal(recordHash(1_700_000_000_000, a), recordHash(1_700_000_000_000, Buffer.from('a')))
  assert.notEqual(recordHash(1_700_000_000_000, a), recordHash(1_700_000_000_000, b))
  assert.notEqual(recordHash(1_700_000_000_000, a), recordHash(1_700_000_000_001, a))
  assert.equal(recordHash(1, null), recordHash(1, Buffer.alloc(0)))
})

test('any number a producer gives as its time has a hash that fits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.constantFrom(-1, 2 ** 63)), (time) => {
      const hash = recordHash(time, Buffer.from('x'))
      assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32)
    }),
  )
})
