// Redis killed for 10 s and back empty: connected clients keep getting replies, and the registry is rebuilt.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { ownRedis, testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const outageMs = 10_000

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
