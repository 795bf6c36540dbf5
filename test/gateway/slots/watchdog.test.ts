// The watchdog restarts what makes no progress, ends the process only where that did not help, and never blames us for Kafka.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type Decision,
  look,
  needsProbe,
  unwatched,
  type WatchFacts,
} from '../../../gateway/slots/watchdog.ts'
import { cases } from './watchdog-cases.ts'
import { graceMs, live, second, times } from './watchdog-life.ts'

describe('the watchdog', () => {
  for (const { name, seconds, decisions } of cases)
    it(name, () => {
      assert.deepEqual(live(seconds), decisions)
    })

  it('asks Kafka only when something is waited for', () => {
    const facts: WatchFacts = {
      now: 0,
      kafkaAnswers: true,
      slotHeldSince: 0,
      canarySentAt: 0,
      canaryProducedAt: undefined,
      canaryReturnedAt: undefined,
    }
    const first = look(unwatched, facts, graceMs).watch
    assert.equal(needsProbe(first), false)
    const second = look(first, { ...facts, now: 1_000 }, graceMs).watch
    assert.equal(needsProbe(second), true)
    const away = look(second, { ...facts, now: 2_000, kafkaAnswers: false }, graceMs).watch
    assert.equal(needsProbe(away), true, 'until it answers again')
    const back = look(
      away,
      { ...facts, now: 3_000, canaryProducedAt: 2_500, canaryReturnedAt: 2_600 },
      graceMs,
    ).watch
    assert.equal(needsProbe(back), false)
  })

  it('takes a canary that is back before its acknowledgement as back', () => {
    const facts = { kafkaAnswers: true, slotHeldSince: 0, canarySentAt: 100, canaryReturnedAt: 110 }
    let watch = unwatched
    for (let now = 200; now < 200_000; now += second) {
      const seen = look(watch, { ...facts, now, canaryProducedAt: 112 }, graceMs)
      watch = seen.watch
      assert.equal(seen.decision, 'fine')
    }
  })

  it('whatever happens, ends only after two restarts and a minute of Kafka answering since', () => {
    const oneSecond = fc.record({
      acks: fc.boolean(),
      returns: fc.boolean(),
      kafka: fc.integer({ min: 0, max: 40 }).map((n) => n > 0),
      slot: fc.integer({ min: 0, max: 60 }).map((n) => n > 0),
      sleeps: fc.integer({ min: 0, max: 60 }).map((n) => (n === 1 ? 30 : 0)),
    })
    const stretch = fc
      .tuple(oneSecond, fc.integer({ min: 1, max: 120 }))
      .map(([one, count]) => times(count, one))
    let exits = 0
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const seconds = stretches.flat()
        const restarts: number[] = []
        for (const said of live(seconds)) {
          const [n, decision] = [Number(said.split(' ')[0]), said.split(' ')[1] as Decision]
          assert.equal(seconds[n]?.kafka, true, said)
          assert.equal(seconds[n]?.slot, true, said)
          if (decision === 'restart-reader' || decision === 'restart-producer') restarts.push(n)
          if (decision !== 'exit') continue
          exits += 1
          assert.ok(restarts.length >= 2)
          const since = restarts.at(-2) ?? n
          assert.ok(n - since >= 60, said)
          assert.ok(
            seconds.slice(since, n + 1).every(({ kafka }) => kafka),
            said,
          )
          return
        }
      }),
      { numRuns: 2_000 },
    )
    assert.ok(exits > 0, 'some of the histories ended')
  })
})
