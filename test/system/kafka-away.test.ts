// F3: Kafka is away for long: newcomers are refused meanwhile, and afterwards nothing acked and no delivery is missing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../support/client.ts'
import { tell } from '../support/fault-counts.ts'
import { startFaultRun } from '../support/fault-run.ts'
import { tokenFor } from '../support/keys.ts'
import { memoryOf, timeUntil } from '../support/node-health.ts'
import { ownStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** OPENCLAW_TEST_LONG=1: longer than all that is patient for a while. */
const outageMs = process.env['OPENCLAW_TEST_LONG'] === '1' ? 20_000 : 8_000
const framesPerSecond = 150
/** For what waits meanwhile, and for the load that goes on. */
const mostBytesMore = 150 * 1024 ** 2
const flowsMs = 10_000

test(`Kafka is away for ${outageMs / 1_000} s: nothing acked and no delivery is lost, and the load flows again soon`, async (t) => {
  const stack = await ownStack(t)
  const run = await startFaultRun(t, { nodes: 2, clients: 40, slots: 4, seed: 3, stack })
  const { nodes, fleet, backend, history } = run
  const probe = `${run.cluster.name}.probe`
  await run.cluster.kafka.createTopics([{ topic: probe }])
  fleet.load(framesPerSecond)
  backend.push(80)
  const before = fleet.received
  await waitFor(() => fleet.received > before + 500, { timeoutMs: 20_000 })
  const memory = await Promise.all(nodes.alive.map(({ pid }) => memoryOf(pid)))
  const of = (phase: 'begin' | 'end') =>
    history.add({ e: 'fault', at: Date.now(), nth: 1, kind: 'kafka killed', phase })
  of('begin')
  await stack.kafka.kill()
  const killedAt = performance.now()
  const noticedMs = await Promise.all(
    nodes.alive.map(({ adminPort }) =>
      timeUntil(
        adminPort,
        ({ codes }) => codes.includes('broker-unavailable'),
        20_000,
        'Kafka noticed as lost',
      ),
    ),
  )
  const newcomer = connect(t, nodes.ports[0] ?? 0, {
    protocols: [],
    path: '/echo',
    token: await tokenFor('newcomer'),
  })
  await assert.rejects(newcomer, /HTTP 503/)
  await waitFor(() => performance.now() - killedAt > outageMs, { timeoutMs: outageMs + 5_000 })
  await stack.kafka.start()
  // It answers some seconds before it leads its partitions again; back is when it takes anyone's records.
  await waitFor(() => run.cluster.kafka.send(probe, [{ key: 'k', value: 'v' }]).then(() => true), {
    timeoutMs: 40_000,
  })
  of('end')
  const upAt = performance.now()
  const readyMs = await Promise.all(
    nodes.alive.map(({ adminPort }) =>
      timeUntil(adminPort, ({ status }) => status === 200, 40_000, 'ready again'),
    ),
  )
  // What had waited is answered, and clients are nearly as quick as the load again.
  const flows = () => fleet.clients.reduce((sum, { waiting }) => sum + waiting, 0) < framesPerSecond
  await waitFor(flows, { timeoutMs: 40_000, everyMs: 20, describe: 'frames answered as they come' })
  const flowsAgainMs = Math.round(performance.now() - upAt)
  const more = (await Promise.all(nodes.alive.map(({ pid }) => memoryOf(pid)))).map(
    ({ most }, n) => most - (memory[n]?.now ?? 0),
  )
  await run.healed(30_000)
  const judged = await run.judge()
  tell('F3 Kafka killed', judged, {
    outageMs,
    noticedMs,
    readyMs,
    flowsAgainMs,
    moreMiB: more.map((bytes) => Math.round(bytes / 1024 ** 2)),
  })
  assert.ok(flowsAgainMs <= flowsMs)
  assert.ok(more.every((bytes) => bytes < mostBytesMore))
})
