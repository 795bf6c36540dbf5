// What the load makes of its passes: medians by row, ratios to the floor, and the verdicts on the goals.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pass } from '../../load/measure.ts'
import { judge, median, summarize } from '../../load/summary.ts'
import { toTables } from '../../load/table.ts'

const flat = (ms: number) => ({ p50: ms, p90: ms, p99: ms, p999: ms, max: ms })

type Given = Partial<Pick<Pass, 'part' | 'side' | 'answer' | 'rate' | 'stored' | 'others'>> & {
  readonly ms?: number
  readonly cpu?: number
  readonly missing?: number
  readonly tailMs?: number
}

const pass = (given: Given): Pass => ({
  part: given.part ?? 'round-trip',
  side: given.side ?? 'floor',
  answer: given.answer ?? 'reply',
  rate: given.rate ?? 10_000,
  report: {
    sent: 100,
    measured: 80,
    answered: 100,
    missing: given.missing ?? 0,
    refused: 0,
    repeated: 0,
    closed: 0,
    latency: given.ms === undefined ? undefined : flat(given.ms),
    lateness: flat(1),
    tailMs: given.tailMs ?? 1,
  },
  cpu: { side: given.cpu ?? 20, backend: 1, kafka: 1, generator: 1 },
  others: given.others ?? 0,
  stored: given.stored,
})

test('the median of an even number of values lies between the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 2, 9]), 3)
})

test('passes of one row become one line with their medians and the sum of what they lost', () => {
  const rows = summarize([
    pass({ ms: 2, cpu: 10 }),
    pass({ side: 'gateway', ms: 3 }),
    pass({ ms: 4, cpu: 20, missing: 2 }),
  ])
  assert.deepEqual(
    rows.map(({ side, passes, latency, cpu, lost }) => [side, passes, latency?.p99, cpu.side, lost]),
    [
      ['floor', 2, 3, 15, 2],
      ['gateway', 1, 3, 20, 0],
    ],
  )
})

test('a round trip is judged by p50 and p99 against the floor of its own rate', () => {
  const judged = (ms: number, more: Given = {}) =>
    judge(summarize([pass({ ms: 10 }), pass({ side: 'gateway', ms, ...more })]))[0]?.met
  assert.equal(judged(13), true)
  assert.equal(judged(13.1), false)
  assert.equal(judged(10, { missing: 1 }), false)
  assert.equal(judged(10, { tailMs: 1_001 }), false)
})

test('rates without a goal are not judged', () => {
  const rows = summarize([pass({ ms: 1, rate: 5_000 }), pass({ side: 'gateway', ms: 9, rate: 5_000 })])
  assert.deepEqual(judge(rows), [])
})

test('inbound is judged by CPU against the floor that sends no acks, and by itself', () => {
  const inbound = (floor: number, gateway: number, stored = 100) =>
    judge(
      summarize([
        pass({ part: 'inbound', answer: 'ack', cpu: floor * 2 }),
        pass({ part: 'inbound', answer: 'nothing', cpu: floor }),
        pass({ part: 'inbound', side: 'gateway', answer: 'ack', cpu: gateway, stored }),
      ]),
    ).map(({ met }) => met)
  assert.deepEqual(inbound(20, 25), [true])
  assert.deepEqual(inbound(20, 25.1), [false])
  assert.deepEqual(inbound(30, 26), [false])
  assert.deepEqual(inbound(20, 20, 99), [false])
})

test('the table shows what the gateway is times the floor beneath its row', () => {
  const text = toTables(summarize([pass({ ms: 2 }), pass({ side: 'gateway', ms: 3, cpu: 30 })]))
  const [last = ''] = text.split('\n').slice(-1)
  assert.match(last, /times the floor .*1\.50x.*1\.50x/)
})

test('a verdict from a busy machine says that it is doubtful', () => {
  const [verdict] = judge(summarize([pass({ ms: 2, others: 0.5 }), pass({ side: 'gateway', ms: 2 })]))
  assert.match(verdict?.says ?? '', /DOUBTFUL, other programs took 0\.5 cores/)
})
