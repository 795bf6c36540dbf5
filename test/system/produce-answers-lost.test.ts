// F5: Kafka appends and its answer is lost: retries make no copies; where they run out copies are known as such, and nothing acked is missing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../chaos/history.ts'
import { tell } from '../support/fault-counts.ts'
import { type FaultRun, startFaultRun } from '../support/fault-run.ts'
import { apis, kafkaProxy } from '../support/kafka-proxy.ts'
import { testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const losses = 12
const publishTimeout = 2_500
const requestTimeout = 1_000

const receivedMore = async ({ fleet }: FaultRun, count: number): Promise<void> => {
  const before = fleet.received
  await waitFor(() => fleet.received > before + count, { timeoutMs: 30_000, describe: 'the load to go on' })
}

const refusals = (entries: readonly Entry[], code: string): number =>
  entries.filter((entry) => entry.e === 'client' && entry.kind === 'refusal' && entry.code === code).length

test('answers to produce requests are lost and the retries succeed: no copies, no refusals, no loss', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const overrides = { kafka: { brokers: [...proxy.brokers] } }
  const run = await startFaultRun(t, { nodes: 2, clients: 40, slots: 4, seed: 51, overrides })
  run.fleet.load(200)
  run.backend.push(80)
  await receivedMore(run, 200)
  for (let n = 1; n <= losses; n += 1) {
    proxy.loseAnswers(apis.produce, 1, 'cut')
    await waitFor(() => proxy.lost === n, { timeoutMs: 20_000 })
    await receivedMore(run, 5)
  }
  await receivedMore(run, 100)
  const judged = await run.judge()
  tell('F5 answers lost, retries succeed', judged, { answersLost: proxy.lost })
  assert.equal(judged.judgement.inbound['copies'], 0)
  assert.equal(judged.judgement.inbound['refused'], 0)
})

test('answers to produce requests are lost until retries run out: copies are no more than what was in doubt', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const kafka = { brokers: [...proxy.brokers], requestTimeout, publishTimeout, stallAfter: 1_000 }
  const run = await startFaultRun(t, { nodes: 2, clients: 40, slots: 4, seed: 52, overrides: { kafka } })
  const { fleet, backend, history } = run
  fleet.load(200)
  backend.push(80)
  await receivedMore(run, 200)
  const of = (phase: 'begin' | 'end') =>
    history.add({ e: 'fault', at: Date.now(), nth: 1, kind: 'kafka answers lost', phase })
  of('begin')
  const lostAt = performance.now()
  proxy.loseAnswers(apis.produce, Number.POSITIVE_INFINITY, 'wait')
  await waitFor(() => performance.now() - lostAt > 2 * publishTimeout, { timeoutMs: 3 * publishTimeout })
  const inFlight = run.unanswered()
  proxy.loseAnswers(apis.produce, 0, 'wait')
  of('end')
  const healedAt = performance.now()
  await receivedMore(run, 200)
  const deliveringAgainMs = Math.round(performance.now() - healedAt)
  await run.healed(30_000)
  const judged = await run.judge()
  const inDoubt = refusals(judged.entries, 'outcome-unknown')
  tell('F5 answers lost, retries run out', judged, {
    answersLost: proxy.lost,
    outcomeUnknown: inDoubt,
    unavailable: refusals(judged.entries, 'broker-unavailable'),
    inFlight,
    deliveringAgainMs,
  })
  assert.ok(inDoubt > 0, 'retries ran out')
  assert.ok((judged.judgement.inbound['copies'] ?? 0) <= inDoubt + inFlight)
})
