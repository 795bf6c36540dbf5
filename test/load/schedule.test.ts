// The open-loop schedule: a stall delays nothing but itself, and what came due meanwhile counts from its own time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dueAt, follow } from '../../load/schedule.ts'
import { Tally } from '../../load/tally.ts'

test('every message is sent once, in order, and none before it is due', async () => {
  const schedule = { count: 50, rate: 2_000, start: performance.now() + 5 }
  const sent: number[] = []
  await follow(schedule, (message, now) => {
    assert.ok(now >= dueAt(schedule, message))
    sent.push(message)
  })
  assert.deepEqual(sent, [...sent.keys()])
  assert.equal(sent.length, 50)
})

test('after a stall all that came due is sent at once and is late by as much as it waited', async () => {
  const stallMs = 100
  const schedule = { count: 200, rate: 1_000, start: performance.now() }
  const tally = new Tally(200, 0, (message) => dueAt(schedule, message))
  await follow(schedule, (message, now) => {
    tally.sending(message, now)
    if (message !== 50) return
    const until = performance.now() + stallMs
    while (performance.now() < until);
  })
  assert.equal(tally.sent, 200)
  assert.ok(tally.lateness.max >= stallMs - 2, `late by ${tally.lateness.max} ms at most`)
})

test('an answer counts from when its message was due, once, and only in the measured part', () => {
  const tally = new Tally(4, 2, (message) => message * 10)
  for (const [message, now] of [
    [0, 5_000],
    [2, 25],
    [2, 90],
    [3, 130],
    [7, 1],
    [-1, 1],
  ] as const) {
    tally.answer(message, now)
  }
  assert.deepEqual([tally.answered, tally.repeated, tally.lastAnswer], [3, 1, 130])
  // The histogram keeps three figures.
  assert.deepEqual(
    [tally.latency?.p50, tally.latency?.max].map((ms) => ms?.toFixed(1)),
    ['5.0', '100.0'],
  )
})
