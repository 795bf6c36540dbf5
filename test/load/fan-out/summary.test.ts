// What the fan-out makes of its passes: ratios to the floor of the same round, and the verdicts on goal P3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pass } from '../../../load/fan-out/pass.ts'
import { judge, summarize } from '../../../load/fan-out/summary.ts'
import { toConclusion, toTable } from '../../../load/fan-out/table.ts'

const pass = (side: Pass['side'], cpu: number, given: Partial<Pass> = {}): Pass => ({
  subscribers: 1_000,
  bytes: 100,
  shape: 'singles',
  round: 1,
  deliveries: 1,
  burstMs: 1,
  side,
  cpu,
  ...given,
})

const verdictsOf = (passes: readonly Pass[]) => judge(summarize(passes)).map(({ goal, met }) => [goal, met])

test('a ratio is that to the floor of the same round, and rounds meet in their median', () => {
  const rounds = [1, 2, 3].flatMap((round) => [
    pass('socket.write', 10 * round, { round }),
    pass('hub', 11 * round, { round }),
  ])
  const hub = summarize(rounds).find(({ side }) => side === 'hub')
  assert.deepEqual([hub?.cpu, hub?.least, hub?.most, hub?.ratio], [22, 11, 33, 1.1])
})

test('singles are held against socket.write, bursts against the joined write and a bound', () => {
  assert.deepEqual(verdictsOf([pass('socket.write', 10), pass('hub', 11)]), [['P3', true]])
  assert.deepEqual(verdictsOf([pass('socket.write', 10), pass('hub', 11.1)]), [['P3', false]])
  const shape = 'bursts'
  const bursts = (floor: number, hub: number, bytes = 100) =>
    verdictsOf([pass('joined', floor, { shape, bytes }), pass('hub', hub, { shape, bytes })])
  assert.deepEqual(bursts(1, 1.2), [['P3', true]])
  assert.deepEqual(bursts(1, 1.21), [['P3', false]])
  assert.deepEqual(bursts(1.3, 1.4), [['P3', false]])
  assert.deepEqual(bursts(1.3, 1.4, 1_024), [['P3', true]])
})

test('peers are held against bursts to 5,000, and what was not measured is not judged', () => {
  const more = { shape: 'bursts', subscribers: 5_000 } as const
  const floor = [pass('joined', 1, more), pass('hub', 1, more)]
  const peers = [pass('centrifuge', 3, more), pass('socket.io', 9, more)]
  assert.deepEqual(verdictsOf([...floor, ...peers]), [
    ['P3', true],
    ['P3', true],
    ['P3', false],
  ])
  assert.deepEqual(verdictsOf(floor), [['P3', true]])
  assert.deepEqual(verdictsOf([pass('hub', 1)]), [])
})

test('the conclusion is of the hub alone; the gateway has Kafka on top and is told beside it', () => {
  const verdicts = judge(summarize([pass('socket.write', 10), pass('hub', 10), pass('gateway', 20)]))
  assert.deepEqual(
    verdicts.map(({ goal, met }) => [goal, met]),
    [
      ['P3', true],
      ['P3 with Kafka', false],
    ],
  )
  assert.equal(toConclusion(verdicts), 'P3 MET: 1 of 1 parts')
  assert.equal(toConclusion([]), 'P3 not decided')
})

test('the table has a line for each side, in their order, with both shapes', () => {
  const shape = 'bursts'
  const rows = summarize([
    pass('hub', 11),
    pass('socket.write', 10),
    pass('hub', 2, { shape }),
    pass('joined', 1, { shape }),
  ])
  const [, , ...lines] = toTable(rows).split('\n')
  assert.deepEqual(
    lines.map((line) => line.split('|')[3]?.trim()),
    ['socket.write', 'joined', 'hub'],
  )
  assert.match(lines[2] ?? '', /11\.00 .*1\.10x.* 2\.00 .*2\.00x/)
})
