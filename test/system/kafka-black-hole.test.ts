// F13: connections to Kafka stay open and nothing is answered: it is noticed, newcomers are refused, and nothing acked is lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../support/client.ts'
import { tell } from '../support/fault-counts.ts'
import { startFaultRun } from '../support/fault-run.ts'
import { kafkaProxy } from '../support/kafka-proxy.ts'
import { tokenFor } from '../support/keys.ts'
import { timeUntil } from '../support/node-health.ts'
import { testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** Longer than `kafka.requestTimeout`: requests and their connections are given up meanwhile. */
const silentMs = 13_000
const noticedMs = 10_000
const backMs = 15_000

test('Kafka answers nothing for 13 s: nodes say so in time, and no acked frame and no delivery is lost', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const overrides = { kafka: { brokers: [...proxy.brokers] } }
  const run = await startFaultRun(t, { nodes: 2, clients: 50, slots: 4, seed: 13, overrides })
  const { nodes, fleet, backend, history } = run
  fleet.load(150)
  backend.push(80)
  const loaded = fleet.received
  await waitFor(() => fleet.received > loaded + 300, { timeoutMs: 20_000 })

  const of = (phase: 'begin' | 'end') =>
    history.add({ e: 'fault', at: Date.now(), nth: 1, kind: 'kafka black hole', phase })
  of('begin')
  const frozenAt = performance.now()
  proxy.freeze()
  const noticed = await Promise.all(
    nodes.alive.map(({ adminPort }) =>
      timeUntil(
        adminPort,
        ({ codes }) => codes.includes('broker-unavailable'),
        30_000,
        'Kafka noticed as lost',
      ),
    ),
  )
  const refused = await connect(t, nodes.ports[0] ?? 0, {
    protocols: [],
    path: '/echo',
    token: await tokenFor('newcomer'),
  }).then(
    () => 'taken',
    (failure: Error) => failure.message,
  )
  await waitFor(() => performance.now() - frozenAt > silentMs, { timeoutMs: silentMs + 5_000 })
  proxy.thaw()
  of('end')
  const back = await Promise.all(
    nodes.alive.map(({ adminPort }) =>
      timeUntil(adminPort, ({ status }) => status === 200, 40_000, 'ready again'),
    ),
  )
  const unanswered = run.unanswered()
  const since = fleet.received
  const thawedAt = performance.now()
  await waitFor(() => fleet.received > since + 100, { timeoutMs: 30_000 })
  const deliveringAgainMs = Math.round(performance.now() - thawedAt)
  await run.healed(30_000)
  const judged = await run.judge()
  tell('F13 Kafka black hole', judged, {
    noticedMs: noticed,
    refused,
    readyAgainMs: back,
    deliveringAgainMs,
    unanswered,
  })
  assert.ok(noticed.every((ms) => ms <= noticedMs))
  assert.match(refused, /HTTP 503/)
  assert.ok(back.every((ms) => ms <= backMs))
  assert.ok((judged.judgement.inbound['copies'] ?? 0) <= unanswered, 'no more copies than were in flight')
})
