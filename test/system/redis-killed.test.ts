// Redis killed for 10 s and back empty: connected clients keep getting replies, and the registry is rebuilt.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Redis } from 'ioredis'
import { onEnd } from '../support/cleanup.ts'
import { welcomed } from '../support/client.ts'
import { print } from '../support/fault-counts.ts'
import { type Member, openCrowd } from '../support/fault-crowd.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { ownRedis, testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const outageMs = 10_000
/** OPENCLAW_TEST_LONG=1: as many as two full nodes of a small cluster have. */
const sessions = process.env['OPENCLAW_TEST_LONG'] === '1' ? 10_000 : 2_000
const emptyMs = 2_000
const enteredMs = 10_000

test('Redis killed for 10 s and wiped: replies go on, no socket is closed, users are found again', async (t) => {
  const [{ brokers }, redis] = [await testStack(), await ownRedis(t)]
  const cluster = await testCluster(t, { stack: { brokers, redisUrl: redis.url } })
  const nodes = [await startNode(t, cluster), await startNode(t, cluster)]
  const slots = () => nodes.map((node) => node.readiness())
  const clients = await Promise.all(
    Array.from({ length: 20 }, async (_, n) =>
      welcomed(t, (nodes[n % 2] as (typeof nodes)[number]).port, await tokenFor(`u${n}`)),
    ),
  )
  const records = await cluster.kafka.read(cluster.echo)
  let answered = 0
  const answer = async () => {
    for (const { headers, value } of records.slice(answered)) {
      answered++
      await cluster.kafka.send(String(headers['ce_replyto']), [{ value, headers }])
    }
  }
  let asked = 0
  const askAll = async () => {
    asked++
    for (const client of clients) client.send({ request: { id: `r${asked}`, route: 'echo', payload: asked } })
    await waitFor(() => records.length >= asked * clients.length, { describe: 'requests in Kafka' })
    await answer()
    await Promise.all(clients.map((client) => client.next('reply', (frame) => frame['id'] === `r${asked}`)))
  }

  await askAll()
  await redis.kill()
  const killedAt = performance.now()
  let rounds = 0
  while (performance.now() - killedAt < outageMs) {
    await askAll()
    rounds++
  }
  const degraded = slots().every(({ degraded: found }) => found.length === 1)
  await redis.start()
  await askAll()
  for (const [n] of clients.entries()) {
    await cluster.kafka.send(cluster.topics.dispatch, [
      { value: String(n), headers: { ce_to: `user:u${n}` } },
    ])
  }
  const backAt = performance.now()
  await Promise.all(clients.map((client) => client.next('message', () => true, 20_000)))
  const foundAfter = performance.now() - backAt
  const open = clients.filter(({ ws }) => ws.readyState === ws.OPEN).length
  t.diagnostic(
    JSON.stringify({
      repliesDuringOutage: rounds * clients.length,
      openAfter: open,
      usersFoundAfterMs: Math.round(foundAfter),
    }),
  )
  assert.equal(open, clients.length)
  assert.ok(rounds > 0 && degraded)
})

/** What the registry has, counted as any program may. */
async function entriesIn(t: TestContext, url: string, cluster: string): Promise<() => Promise<number>> {
  const redis = new Redis(url, { maxRetriesPerRequest: 0 })
  redis.on('error', () => undefined)
  onEnd(t, () => redis.disconnect())
  return async () => (await redis.keys(`openclaw:{${cluster}}:session:*`)).length
}

test(`Redis comes back empty under ${sessions} sessions: all are entered again in time, and no socket is touched`, async (t) => {
  const [{ brokers }, redis] = [await testStack(), await ownRedis(t)]
  const cluster = await testCluster(t, { stack: { brokers, redisUrl: redis.url } })
  const nodes = await Promise.all([startProcess(t, cluster), startProcess(t, cluster)])
  const crowds = await Promise.all(nodes.map(({ port }) => openCrowd(t, sessions / 2, port)))
  const all = crowds.flat()
  const entries = await entriesIn(t, redis.url, cluster.name)
  await waitFor(async () => (await entries()) === sessions, { timeoutMs: 20_000, everyMs: 50 })
  let sent = 0
  /** One delivery to each session, by the slot topic it has. */
  const pushAll = async (): Promise<void> => {
    const bySlot = Map.groupBy(all, ({ position }: Member) =>
      Number.parseInt(position.split('.')[0] ?? '', 36),
    )
    for (const [slot, members] of bySlot) {
      const messages = members.map(({ session }) => ({
        value: JSON.stringify({ n: sent }),
        headers: { ce_to: `session:${session}` },
      }))
      for (let at = 0; at < messages.length; at += 500)
        await cluster.kafka.send(`${cluster.topics.slot}${slot}`, messages.slice(at, at + 500))
    }
    sent += 1
  }
  await redis.kill()
  const killedAt = performance.now()
  while (performance.now() - killedAt < emptyMs) await pushAll()
  await redis.start()
  const upAt = performance.now()
  await pushAll()
  await waitFor(async () => (await entries()) === sessions, { timeoutMs: 40_000, everyMs: 20 }).catch(
    () => undefined,
  )
  const enteredAfterMs = Math.round(performance.now() - upAt)
  const missing = () => all.filter(({ got }) => got.length < sent).length
  await waitFor(() => missing() === 0, { timeoutMs: 30_000 }).catch(() => undefined)
  const closed = all.filter(({ closedWith }) => closedWith !== undefined).length
  print('F8 Redis back empty', {
    sessions,
    entered: await entries(),
    enteredAfterMs,
    deliveries: sent * sessions,
    sessionsWithGaps: missing(),
    closed,
  })
  assert.equal(await entries(), sessions)
  assert.ok(enteredAfterMs <= enteredMs)
  assert.deepEqual([missing(), closed], [0, 0])
})
