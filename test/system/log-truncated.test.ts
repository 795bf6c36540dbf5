// F25: a slot's log is cut, or made anew, while a client is away: it is told, and so is whoever sent what nobody had delivered.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pushEach, readReceipts, slotOf, startClient, toDelivery, uuidsOf } from '../support/fault-clients.ts'
import { print } from '../support/fault-counts.ts'
import { type Cluster, testCluster } from '../support/gateway.ts'
import { type NodeProcess, startProcess } from '../support/node-process.ts'
import type { ResumingClient } from '../support/resuming-client.ts'
import { ownKafka, testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const each = 5
const overrides = { heartbeat: 500, delivery: { leaseTtl: 1_500, resumeWindow: 5_000 } }

type World = {
  readonly cluster: Cluster
  readonly topic: string
  readonly clients: readonly ResumingClient[]
  /** Clients come back to this one. */
  to(node: NodeProcess): void
}

/** Two clients on one node; both have received something. */
async function start(t: TestContext, cluster: Cluster, node: NodeProcess): Promise<World> {
  let { port } = node
  const clients = await Promise.all(
    ['alice', 'bob'].map((user) => startClient(t, user, { port: () => port })),
  )
  const slot = slotOf(clients[0]!)
  const world = {
    cluster,
    topic: `${cluster.topics.slot}${slot}`,
    clients,
    to(other: NodeProcess) {
      port = other.port
    },
  }
  await pushEach(cluster, slot, clients, 'before', each)
  await waitFor(() => clients.every(({ record }) => record.received.length === each))
  const { kafka } = cluster
  // Confirmed, so that none of these is ever reported.
  await waitFor(async () => (await kafka.committed(world.topic, world.topic)) >= 2 * each, { everyMs: 50 })
  return world
}

/** They come back; resolves with what they were told. */
async function comeBack({ clients }: World): Promise<readonly { resumed: boolean; recovered: boolean }[]> {
  const welcomes = clients.map(({ record }) => record.welcomes.length)
  for (const client of clients) client.start()
  await waitFor(() => clients.every(({ record }, n) => record.welcomes.length > (welcomes[n] ?? 0)), {
    timeoutMs: 20_000,
    describe: 'welcomes',
  })
  return clients.map(({ record }) => {
    const { resumed, recovered } = record.welcomes.at(-1)!
    return { resumed, recovered }
  })
}

/** After all of it the sessions work: what is sent to them arrives. */
async function stillWorks({ cluster, clients }: World): Promise<void> {
  for (const client of clients)
    await cluster.kafka.send(`${cluster.topics.slot}${slotOf(client)}`, [
      toDelivery(client, `after-${client.session.id}`),
    ])
  const has = (client: ResumingClient) => uuidsOf(client).includes(`after-${client.session.id}`)
  await waitFor(() => clients.every(has), { timeoutMs: 15_000, describe: 'what came after' })
}

const gap = { resumed: false, recovered: false }

test('the log is cut while clients are away: they are told, and each delivery that waited is reported', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const node = await startProcess(t, cluster)
  const world = await start(t, cluster, node)
  const { topic, clients } = world
  const receipts = await readReceipts(cluster)
  const sessions = clients.map(({ session }) => session.id)
  for (const client of clients) client.socket.vanish()
  await pushEach(cluster, slotOf(clients[0]!), clients, 'away', each)
  await cluster.kafka.cut(topic, await cluster.kafka.endOffset(topic))
  const told = await comeBack(world)
  const since = performance.now()
  const of = (session: string | undefined) =>
    receipts().filter(({ target }) => target === `session:${session}`)
  await waitFor(() => sessions.every((session) => of(session).length >= each), { timeoutMs: 20_000 }).catch(
    () => undefined,
  )
  print('F25 log cut under a living node', {
    told,
    waited: each * clients.length,
    reported: receipts().length,
    reasons: [...new Set(receipts().map(({ reason }) => reason))],
    reportedAfterMs: Math.round(performance.now() - since),
  })
  assert.deepEqual(told, [gap, gap])
  for (const session of sessions) assert.equal(of(session).length, each)
  await stillWorks(world)
})

test('the log of a dead node is cut: the lost range is reported once, and clients are told', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const [node, other] = [await startProcess(t, cluster), await startProcess(t, cluster)]
  const world = await start(t, cluster, node)
  const { topic, clients } = world
  const receipts = await readReceipts(cluster)
  const slot = slotOf(clients[0]!)
  node.signal('SIGKILL')
  await node.exited
  for (const client of clients) client.socket.vanish()
  const from = await cluster.kafka.committed(topic, topic)
  await pushEach(cluster, slot, clients, 'away', each)
  const to = await cluster.kafka.endOffset(topic)
  await cluster.kafka.cut(topic, to)
  const cutAt = performance.now()
  const lost = () => receipts().filter(({ reason }) => reason === 'lost-range')
  await waitFor(() => lost().length > 0, { timeoutMs: 20_000 }).catch(() => undefined)
  const reportedAfterMs = Math.round(performance.now() - cutAt)
  world.to(other)
  const told = await comeBack(world)
  print('F25 log of a dead node cut', {
    told,
    cut: { from, to },
    lost: lost().map(({ lost: range }) => range),
    reportedAfterMs,
  })
  assert.deepEqual(told, [gap, gap])
  assert.deepEqual(
    lost().map(({ lost: range }) => [range?.topic, Number(range?.from), Number(range?.to)]),
    [[topic, from, to]],
  )
  await stillWorks(world)
})

/** Of no session that ever was: each of these has to be reported. */
const nobody = 'A'.repeat(22)

for (const alive of [true, false])
  test(`the topic is made anew while clients are away from a ${alive ? 'living' : 'dead'} node: they are told`, async (t) => {
    const kafka = await ownKafka(t)
    const { redisUrl } = await testStack()
    const cluster = await testCluster(t, { overrides, slots: 4, stack: { brokers: kafka.brokers, redisUrl } })
    const [node, other] = [await startProcess(t, cluster), await startProcess(t, cluster)]
    const world = await start(t, cluster, node)
    const { topic, clients } = world
    const receipts = await readReceipts(cluster)
    const slot = slotOf(clients[0]!)
    // The second one stays where it is, for as long as that is possible.
    clients[0]?.socket.vanish()
    world.to(other)
    if (!alive) {
      clients[1]?.socket.vanish()
      node.signal('SIGKILL')
      await node.exited
    }
    const length = await cluster.kafka.endOffset(topic)
    await cluster.kafka.recreate(topic)
    // At once as long as the old one was, so that every old position and commit is in range.
    const before = Array.from({ length: length + 5 }, () => ({
      value: '0',
      headers: { ce_to: `session:${nobody}` },
    }))
    await cluster.kafka.send(topic, before)
    await pushEach(cluster, slot, clients, 'anew', each)
    for (const client of clients) client.start()
    await waitFor(() => clients.every(({ record }) => record.welcomes.length > 1), {
      timeoutMs: 20_000,
    }).catch(() => undefined)
    const unknown = () => receipts().filter(({ target }) => target === `session:${nobody}`)
    await waitFor(() => unknown().length >= before.length, { timeoutMs: 20_000 }).catch(() => undefined)
    const gaps = clients.map(({ record }) => record.gaps.length)
    print(`F25 topic made anew, node ${alive ? 'alive' : 'dead'}`, {
      gaps,
      codes: clients[1]?.record.closes.map(({ code }) => code),
      sentToNobody: before.length,
      reportedOfThose: new Set(unknown().map(({ origin }) => origin.offset)).size,
      lost: receipts().flatMap(({ lost }) => lost ?? []),
    })
    assert.deepEqual(gaps, [1, 1])
    assert.equal(new Set(unknown().map(({ origin }) => origin.offset)).size, before.length)
    await stillWorks(world)
  })
