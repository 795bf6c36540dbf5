// Token buckets: never more than the rate, never less, and what is told to wait is enough.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bucket } from '../../../gateway/limits/bucket.ts'

/** Takes what may come; answers whether it did. */
function offer(bucket: Bucket, cost: number, at: number): boolean {
  if (bucket.wait(cost, at) > 0) return false
  bucket.take(cost, at)
  return true
}

test('as many as the rate says come at once, and then as time allows', () => {
  const bucket = new Bucket('b', { count: 20, windowMs: 1_000 }, 0)
  const now = Array.from({ length: 25 }, () => offer(bucket, 1, 0)).filter(Boolean).length
  assert.deepEqual([now, bucket.wait(1, 0), bucket.wait(1, 49), bucket.wait(1, 50)], [20, 50, 1, 0])
})

test('what is larger than the bucket comes when it is full, and is paid for afterwards', () => {
  const bucket = new Bucket('b', { count: 10, windowMs: 1_000 }, 0)
  assert.equal(offer(bucket, 25, 0), true)
  assert.deepEqual([bucket.wait(1, 0), bucket.wait(1, 1_599), bucket.wait(1, 1_600)], [1_600, 1, 0])
})

test('a clock that stands or goes back brings nothing', () => {
  const bucket = new Bucket('b', { count: 1, windowMs: 1_000 }, 5_000.9)
  assert.equal(offer(bucket, 1, 5_000.9), true)
  assert.deepEqual(
    [bucket.wait(1, 4_000), bucket.wait(1, 5_000.95), bucket.wait(1, 6_000)],
    [1_000, 1_000, 0],
  )
})

const rates = fc.record({
  count: fc.integer({ min: 1, max: 2_000 }),
  windowMs: fc.integer({ min: 1_000, max: 60_000 }),
})
const offers = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 5_000 }), cost: fc.integer({ min: 1, max: 5 }) }),
  { minLength: 1, maxLength: 200 },
)

test('over any stretch of time no more comes than one bucket and the rate', () => {
  fc.assert(
    fc.property(rates, offers, (rate, given) => {
      const bucket = new Bucket('b', rate, 0)
      const most = Math.max(rate.count, 5)
      let at = 0
      const taken: { at: number; cost: number }[] = []
      for (const { afterMs, cost } of given) {
        at += afterMs
        if (offer(bucket, cost, at)) taken.push({ at, cost })
      }
      for (const [from, first] of taken.entries()) {
        let sum = 0
        for (const { at: then, cost } of taken.slice(from)) {
          sum += cost
          // What is larger than the bucket may go over by its own size.
          const allowed = most + ((then - first.at) * rate.count) / rate.windowMs + (rate.count < 5 ? 5 : 0)
          assert.ok(sum <= allowed, `${sum} in ${then - first.at} ms`)
        }
      }
    }),
  )
})

test('what waits as long as it was told is taken, and one millisecond earlier it is not', () => {
  fc.assert(
    fc.property(rates, offers, (rate, given) => {
      const bucket = new Bucket('b', rate, 0)
      let at = 0
      for (const { afterMs, cost } of given) {
        at += afterMs
        const wait = bucket.wait(cost, at)
        if (wait > 1) assert.ok(bucket.wait(cost, at + wait - 1) > 0)
        at += wait
        assert.equal(offer(bucket, cost, at), true)
      }
    }),
  )
})
