// Repeats: one id and one payload are one message; without an id only what an earlier connection brought as often is a repeat.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Repeats } from '../../../client/rules/repeats.ts'

const message = (position: string, payload: unknown, id?: string) => ({ position, payload, id })

test('a copy with its id is known wherever it comes from', () => {
  const repeats = new Repeats(100)
  assert.equal(repeats.isRepeat(message('p1', { n: 1 }, 'a')), false)
  assert.equal(repeats.isRepeat(message('p7', { n: 1 }, 'a')), true)
  assert.equal(repeats.isRepeat(message('p7', { n: 2 }, 'a')), false, 'another payload is another message')
})

test('two alike at one position on one connection are two, and two repeats on the next', () => {
  const repeats = new Repeats(100)
  const seen = () => repeats.isRepeat(message('p1', 'ping'))
  assert.deepEqual([seen(), seen()], [false, false])
  repeats.reconnected()
  assert.deepEqual([seen(), seen(), seen()], [true, true, false])
  repeats.reconnected()
  assert.deepEqual([seen(), seen(), seen(), seen()], [true, true, true, false])
})

test('it remembers no more than it was told to', () => {
  const repeats = new Repeats(2)
  for (const id of ['a', 'b', 'c']) repeats.isRepeat(message('p', 1, id))
  assert.equal(repeats.isRepeat(message('p', 1, 'a')), false)
  assert.equal(repeats.isRepeat(message('p', 1, 'c')), true)
})

test('of messages without an id none is lost, however connections break and begin again', () => {
  // Each connection brings a part of the log from some earlier place on: whoever counts must end with all of it.
  const part = fc.record({ from: fc.nat(20), to: fc.nat(20) })
  fc.assert(
    fc.property(
      fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
      fc.array(part, { maxLength: 6 }),
      (log, parts) => {
        const repeats = new Repeats(1_000)
        const shown: number[] = []
        let had = 0
        const whole = [...parts, { from: 0, to: log.length }]
        for (const { from, to } of whole) {
          const start = Math.min(from, had)
          for (const value of log.slice(start, to))
            if (!repeats.isRepeat(message('same', value))) shown.push(value)
          had = Math.max(had, Math.min(to, log.length))
          repeats.reconnected()
        }
        for (const value of [0, 1, 2]) {
          const count = (list: readonly number[]) => list.filter((each) => each === value).length
          assert.ok(count(shown) >= count(log), 'a message is missing')
        }
      },
    ),
  )
})
