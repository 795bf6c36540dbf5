// What is settled never passes what is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Pending, Watermark } from '../../../gateway/delivery/watermark.ts'

test('before the first record nothing is settled, and then up to the first that is not', () => {
  const watermark = new Watermark()
  assert.equal(watermark.settled, undefined)
  const [first, second] = [watermark.begin(10), watermark.begin(11)]
  assert.equal(watermark.settled, 10)
  watermark.settle(second)
  assert.equal(watermark.settled, 10)
  watermark.settle(first)
  assert.equal(watermark.settled, 12)
  assert.equal(watermark.size, 0)
})

test('a record with several targets is settled with the last of them', () => {
  const watermark = new Watermark()
  const pending = watermark.begin(0)
  watermark.split(pending)
  watermark.split(pending)
  watermark.settle(pending)
  watermark.settle(pending)
  assert.equal(watermark.settled, 0)
  watermark.settle(pending)
  assert.equal(watermark.settled, 1)
})

test('settling once too often holds nothing up', () => {
  const watermark = new Watermark()
  const [first, second] = [watermark.begin(0), watermark.begin(1)]
  watermark.settle(second)
  watermark.settle(second)
  watermark.settle(first)
  assert.equal(watermark.settled, 2)
})

test('whatever the order, settled is the lowest offset that is not settled', () => {
  const step = fc.record({ begins: fc.boolean(), gap: fc.integer({ min: 1, max: 3 }), pick: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const watermark = new Watermark()
      const open = new Map<number, Pending>()
      let next = 0
      for (const { begins, gap, pick } of steps) {
        if (begins || open.size === 0) {
          // Offsets have gaps: compacted records and transaction markers.
          const offset = next + gap - 1
          open.set(offset, watermark.begin(offset))
          next = offset + 1
        } else {
          const [offset, pending] = [...open][pick % open.size] as [number, Pending]
          open.delete(offset)
          watermark.settle(pending)
        }
        assert.equal(watermark.settled, open.size === 0 ? next : Math.min(...open.keys()))
        assert.ok(watermark.size >= open.size)
      }
    }),
    { numRuns: 300 },
  )
})

test('long runs take no room: what is passed is forgotten', () => {
  const watermark = new Watermark()
  for (let offset = 0; offset < 10_000; offset++) watermark.settle(watermark.begin(offset))
  assert.deepEqual([watermark.size, watermark.settled], [0, 10_000])
})

test('who waits for room goes on when enough is settled', async () => {
  const watermark = new Watermark()
  const open = [0, 1, 2].map((offset) => watermark.begin(offset))
  let room = false
  const waiting = watermark.below(2).then(() => (room = true))
  watermark.settle(open[0] as Pending)
  await Promise.resolve()
  assert.equal(room, false)
  watermark.settle(open[1] as Pending)
  await waiting
  assert.equal(room, true)
})

test('a slot that was given up settles no further and lets go of who waits', async () => {
  const watermark = new Watermark()
  const [first] = [watermark.begin(5), watermark.begin(6)]
  const waiting = watermark.below(1)
  watermark.abandon()
  await waiting
  assert.equal(watermark.settled, 5)
  watermark.settle(first)
  watermark.settle(watermark.begin(7))
  assert.equal(watermark.settled, 5)
  assert.equal(watermark.abandoned, true)
})
