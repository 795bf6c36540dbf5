// F7: the slot's reader gets no answers any more while all else works: it is made anew, or the node says that it is of no use, and ends.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pushEach, slotOf, startClient, uuidsOf } from '../support/fault-clients.ts'
import { print } from '../support/fault-counts.ts'
import { testCluster } from '../support/gateway.ts'
import { apis, kafkaProxy } from '../support/kafka-proxy.ts'
import { healthOf } from '../support/node-health.ts'
import { type NodeProcess, startProcess } from '../support/node-process.ts'
import { testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** A fifth of the default, so that what takes 30 s takes 6. */
const grace = 6_000
const each = 20
/** Long enough for no timeout of a request to be what helps. */
const requestTimeout = 120_000

async function start(t: TestContext) {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const cluster = await testCluster(t, {
    overrides: {
      heartbeat: 1_000,
      health: { grace },
      kafka: { brokers: [...proxy.brokers], requestTimeout, publishTimeout: requestTimeout },
    },
  })
  return { proxy, cluster, node: await startProcess(t, cluster) }
}

const watchdogOf = ({ lines }: NodeProcess): unknown[] =>
  lines.filter(({ msg }) => String(msg).includes('hear itself')).map(({ decision }) => decision)

test('one answer to the reader never comes: the watchdog makes it anew, and clients get everything', async (t) => {
  const { proxy, cluster, node } = await start(t)
  const clients = await Promise.all(
    ['alice', 'bob', 'carol'].map((user) => startClient(t, user, { port: () => node.port })),
  )
  const slot = slotOf(clients[0]!)
  const first = await pushEach(cluster, slot, clients, 'before', each)
  await waitFor(() => clients.every(({ record }) => record.received.length === each))
  proxy.loseAnswers(apis.fetch, 1, 'wait', `${cluster.topics.slot}${slot}`)
  await waitFor(() => proxy.lost === 1)
  const stuckAt = performance.now()
  const then = await pushEach(cluster, slot, clients, 'stuck', each)
  await waitFor(() => clients.every(({ record }) => record.received.length === 2 * each), {
    timeoutMs: 30_000,
    describe: () => `everything; the node said ${JSON.stringify(node.lines.slice(-5))}`,
  }).catch(() => undefined)
  const backAfterMs = Math.round(performance.now() - stuckAt)
  print('F7 reader stuck', {
    graceMs: grace,
    backAfterMs,
    received: clients.map(({ record }) => record.received.length),
    repeats: clients.map(({ record }) => record.repeats),
    gaps: clients.map(({ record }) => record.gaps.length),
    codes: clients.map(({ record }) => record.closes.map(({ code }) => code)),
    watchdog: watchdogOf(node),
  })
  for (const [n, client] of clients.entries()) {
    assert.deepEqual(uuidsOf(client), [...(first[n] ?? []), ...(then[n] ?? [])])
    assert.equal(client.record.gaps.length, 0)
  }
  assert.ok(backAfterMs <= grace, 'noticed and mended within the grace')
})

test('no reader gets an answer any more: the node turns unready, then ends with a code that is not zero', async (t) => {
  const { proxy, cluster, node } = await start(t)
  proxy.loseAnswers(apis.fetch, Number.POSITIVE_INFINITY, 'wait', cluster.topics.slot)
  const stuckAt = performance.now()
  let health: Awaited<ReturnType<typeof healthOf>>
  const isUnready = async () => {
    health = await healthOf(node.adminPort)
    return health !== undefined && health.status !== 200
  }
  await waitFor(isUnready, { timeoutMs: 30_000, everyMs: 50, describe: 'the node to say so' })
  const unreadyAfterMs = Math.round(performance.now() - stuckAt)
  let code: number | null | undefined
  void node.exited.then((given) => {
    code = given
  })
  await waitFor(() => code !== undefined, { timeoutMs: 45_000 }).catch(() => undefined)
  print('F7 no reader gets an answer', {
    graceMs: grace,
    unreadyAfterMs,
    why: health?.codes,
    code,
    endedAfterMs: Math.round(performance.now() - stuckAt),
    said: node.lines.slice(-6).map(({ level, msg, why }) => ({ level, msg, why })),
  })
  assert.ok(unreadyAfterMs <= grace)
  assert.ok(typeof code === 'number' && code > 0, 'its supervisor starts another')
})
