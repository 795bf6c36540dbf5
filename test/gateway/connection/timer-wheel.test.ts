// Timers fire late by a tick at most and never early; after a freeze all that is due fires at once.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { waitFor } from '../../support/wait.ts'

function wheelAt(t: Pick<TestContext, 'after'>, start = 0, tickMs = 100, spokes = 10) {
  let now = start
  const wheel = new TimerWheel(tickMs, spokes, () => now)
  t.after(() => wheel.stop())
  const fired: string[] = []
  return {
    wheel,
    fired,
    after: (ms: number, name = String(ms)) => wheel.after(ms, () => fired.push(name)),
    at: (ms: number) => {
      now = start + ms
      wheel.turn()
    },
  }
}

test('a timer fires once, at the first tick after its time', (t) => {
  const { fired, after, at } = wheelAt(t)
  after(250)
  for (const ms of [100, 200]) at(ms)
  assert.deepEqual(fired, [])
  at(300)
  at(400)
  assert.deepEqual(fired, ['250'])
})

test('a timer of no time, or less, fires at the next tick', (t) => {
  const { fired, after, at } = wheelAt(t, 12_345)
  after(0)
  after(-5_000, 'past')
  at(100)
  assert.deepEqual(fired.sort(), ['0', 'past'])
})

test('a cancelled timer does not fire, and cancelling twice or late is nothing', (t) => {
  const { fired, after, at } = wheelAt(t)
  const cancel = after(150)
  const late = after(50)
  cancel()
  cancel()
  at(100)
  late()
  at(1_000)
  assert.deepEqual(fired, ['50'])
})

test('a timer longer than a turn of the wheel waits for its turn', (t) => {
  const { fired, after, at } = wheelAt(t)
  after(2_550)
  for (let ms = 100; ms < 2_600; ms += 100) at(ms)
  assert.deepEqual(fired, [])
  at(2_600)
  assert.deepEqual(fired, ['2550'])
})

test('after a freeze everything due fires at once, and what is not due does not', (t) => {
  const { fired, after, at } = wheelAt(t)
  for (const ms of [50, 950, 5_000, 90_000]) after(ms)
  at(60_000)
  assert.deepEqual(fired.sort(), ['50', '5000', '950'])
  at(90_100)
  assert.deepEqual(fired.at(-1), '90000')
})

test('a timer may set another, or cancel one that is due with it', (t) => {
  const { wheel, fired, after, at } = wheelAt(t)
  let cancel = (): void => undefined
  wheel.after(50, () => {
    fired.push('first')
    cancel()
    after(0, 'second')
  })
  cancel = after(60, 'never')
  at(100)
  assert.deepEqual(fired, ['first'])
  at(200)
  assert.deepEqual(fired, ['first', 'second'])
})

test('whatever is set and whenever it turns, nothing fires early, twice, or more than a tick late', () => {
  const plan = fc.array(fc.record({ wait: fc.nat(3_000), delay: fc.nat(4_000) }), { maxLength: 40 })
  fc.assert(
    fc.property(plan, fc.nat(1_000_000), (steps, start) => {
      let now = start
      const wheel = new TimerWheel(100, 10, () => now)
      const due = new Map<number, number>()
      const turn = (ms: number) => {
        now += ms
        wheel.turn()
        for (const at of due.values()) assert.ok(Math.floor(at / 100) >= Math.floor(now / 100), 'too late')
      }
      for (const [n, { wait, delay }] of steps.entries()) {
        turn(wait)
        due.set(n, now + delay)
        wheel.after(delay, () => {
          assert.ok(now >= (due.get(n) ?? Number.POSITIVE_INFINITY), 'too early or twice')
          due.delete(n)
        })
      }
      turn(4_200)
      wheel.stop()
      assert.equal(due.size, 0)
    }),
  )
})

test('it turns by itself', async (t) => {
  const wheel = new TimerWheel(1)
  t.after(() => wheel.stop())
  let fired = false
  wheel.after(5, () => (fired = true))
  await waitFor(() => fired)
})
