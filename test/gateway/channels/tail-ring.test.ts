// The tail of a channel: its bounds, and that it never says it has what it does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TailRing } from '../../../gateway/channels/tail-ring.ts'
import { entryAt, offsetsOf } from './entries.ts'

const wide = { messages: 1_000, bytes: 1_000_000, age: 1_000 }

test('the oldest go when there are too many, too many bytes, or when they are too old', () => {
  const { bytes } = entryAt(1)
  const few = new TailRing(0, { ...wide, messages: 2 })
  const small = new TailRing(0, { ...wide, bytes: 2 * bytes })
  const young = new TailRing(0, { ...wide, age: 10 })
  for (let offset = 0; offset < 5; offset++)
    for (const ring of [few, small, young]) ring.push(entryAt(offset, { time: offset * 6 }), offset * 6)
  for (const ring of [few, small, young]) {
    assert.deepEqual(offsetsOf(ring.since(0)), [3, 4])
    assert.equal(ring.from, 3)
    assert.equal(ring.bytes, 2 * bytes)
  }
})

test('nothing grows too old while somebody is being shown it', () => {
  const ring = new TailRing(0, wide)
  ring.readers++
  ring.push(entryAt(1, { time: 0 }), 0)
  ring.push(entryAt(2, { time: 9_000 }), 9_000)
  assert.equal(ring.count, 2)
  ring.readers--
  ring.expire(9_000)
  assert.deepEqual(offsetsOf(ring.since(0)), [2])
})

test('what is found by offset, by number and at a place', () => {
  const ring = new TailRing(5, wide)
  for (const offset of [7, 9, 12]) ring.push(entryAt(offset), 0)
  assert.deepEqual(offsetsOf(ring.since(5)), [7, 9, 12])
  assert.deepEqual(offsetsOf(ring.since(8)), [9, 12])
  assert.deepEqual(offsetsOf(ring.since(13)), [])
  assert.deepEqual(offsetsOf(ring.last(2)), [9, 12])
  assert.deepEqual(offsetsOf(ring.last(9)), [7, 9, 12])
  assert.equal(ring.at(8)?.offset, 9)
  assert.equal(ring.at(13), undefined)
})

test('messages of before are put in front, the newest that fit, and it begins where they do', () => {
  const ring = new TailRing(10, { ...wide, messages: 3 })
  ring.push(entryAt(11), 0)
  ring.extend([entryAt(4), entryAt(6)], 2)
  assert.deepEqual([ring.from, ...offsetsOf(ring.since(0))], [2, 4, 6, 11])
  ring.extend([entryAt(1)], 0)
  assert.deepEqual([ring.from, ...offsetsOf(ring.since(0))], [2, 4, 6, 11])
  const other = new TailRing(10, { ...wide, messages: 2 })
  other.push(entryAt(11), 0)
  other.extend([entryAt(4), entryAt(6)], 2)
  assert.deepEqual([other.from, ...offsetsOf(other.since(0))], [5, 6, 11])
  other.extend([], 0)
  assert.equal(other.from, 0)
})

test('a reset forgets everything, and bytes of all tails are counted', () => {
  const tally = { bytes: 0 }
  const rings = [new TailRing(0, wide, tally), new TailRing(0, wide, tally)]
  for (const ring of rings) ring.push(entryAt(1), 0)
  assert.equal(tally.bytes, 2 * entryAt(1).bytes)
  rings[0]?.reset(9)
  assert.deepEqual([rings[0]?.from, rings[0]?.count], [9, 0])
  assert.equal(tally.bytes, entryAt(1).bytes)
})

test('whatever comes and goes, what it has from its beginning on is all there was', () => {
  const step = fc.record({ gap: fc.integer({ min: 0, max: 3 }), remove: fc.integer({ min: 0, max: 2 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (steps, messages) => {
      const ring = new TailRing(0, { ...wide, messages })
      const all: number[] = []
      let offset = 0
      for (const { gap, remove } of steps) {
        offset += gap + 1
        all.push(offset)
        ring.push(entryAt(offset), 0)
        for (let n = 0; n < remove; n++) ring.removeOldest()
        assert.deepEqual(
          offsetsOf(ring.since(ring.from)),
          all.filter((at) => at >= ring.from),
        )
        assert.ok(ring.count <= messages)
      }
    }),
    { numRuns: 200 },
  )
})
