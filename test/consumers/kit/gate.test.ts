// A gate lets so many in at a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGate } from '../../../consumers/kit/gate.ts'

test('a gate lets so many in at a time, and everybody in the end, failures included', async () => {
  const gate = createGate(3)
  let now = 0
  let most = 0
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      gate(async () => {
        most = Math.max(most, (now += 1))
        await new Promise(setImmediate)
        now -= 1
        if (index % 2) throw new Error('no')
      }),
    ),
  )
  assert.equal(most, 3)
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10)
})
