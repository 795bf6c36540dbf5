// A rate over all nodes: never waited for, and over a longer time hardly exceeded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedRate } from '../../../gateway/limits/shared-rate.ts'
import { handClock, memoryWindows } from './fixtures.ts'

const rate = { count: 100, windowMs: 1_000 }

test('nodes that each send as fast as they may get the rate together, over a longer time', async (t) => {
  const clock = handClock()
  const windows = memoryWindows(clock.now)
  const nodes = [1, 2, 3].map(
    () => new SharedRate({ name: 'tenant.messages', key: 'acme', rate, windows, ...clock }),
  )
  let sent = 0
  const seconds = 30
  for (let ms = 0; ms < seconds * 1_000; ms += 10) {
    for (const node of nodes) {
      // Each tries a hundred in a second.
      if (node.wait(1, clock.at) > 0) continue
      node.take(1)
      sent++
    }
    await clock.turn(10)
  }
  t.diagnostic(`${sent} of ${rate.count * seconds}`)
  const share = sent / (rate.count * seconds)
  assert.ok(share > 0.75 && share <= 1.15, `${sent} of ${rate.count * seconds}`)
})

test('who sends less than the rate is never held up', async () => {
  const clock = handClock()
  const node = new SharedRate({ name: 'n', key: 'k', rate, windows: memoryWindows(clock.now), ...clock })
  for (let n = 0; n < 200; n++) {
    assert.equal(node.wait(1, clock.at), 0)
    node.take(1)
    await clock.turn(12)
  }
})
