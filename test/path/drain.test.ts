// A graceful stop: not ready, clients told and closed each at its moment, what they sent acked, nothing left behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

test('SIGTERM drains: goaway, acks for what was sent, close 1012, exit 0', async (t) => {
  const cluster = await testCluster(t)
  const node = await startProcess(t, cluster, { drain: { spread: 500, timeout: 8_000 } })
  const clients = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => welcomed(t, node.port, await tokenFor(`u${n}`))),
  )
  node.signal('SIGTERM')
  for (const client of clients) client.send({ publish: { id: 'last', route: 'echo', payload: 1 } })
  const waits = await Promise.all(
    clients.map(async (client) => {
      const goaway = await client.next('goaway')
      await client.next('ack')
      assert.equal((await client.closed).code, 1012)
      return Number(goaway['reconnectAfterMs'])
    }),
  )
  assert.ok(new Set(waits).size > 1 && waits.every((ms) => ms >= 0 && ms <= 500), 'reconnects are spread')
  assert.equal(await node.exited, 0)
  assert.equal(node.lines.at(-1)?.['msg'], 'stopped')
})

test('a stopped node’s slot and users are free at once for another', async (t) => {
  const cluster = await testCluster(t, { slots: 1 })
  const first = await startNode(t, cluster)
  const alice = await welcomed(t, first.port, await tokenFor('alice'))
  await first.stop()
  await alice.closed
  const second = await startNode(t, cluster)
  const again = await welcomed(t, second.port, await tokenFor('alice'))
  await cluster.kafka.send(cluster.topics.dispatch, [
    { value: '1', headers: { ce_to: 'user:alice', ce_receipt: 'failed' } },
  ])
  await again.next('message')
  assert.equal(await cluster.kafka.endOffset(cluster.topics.receipts), 0)
})

test('readiness says why not, and metrics count what happened', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  client.send({ publish: { id: '1', route: 'echo', payload: 1 } })
  await client.next('ack')
  const admin = (path: string) => fetch(`http://127.0.0.1:${node.adminPort}${path}`)
  assert.equal((await admin('/livez')).status, 200)
  const ready = await admin('/readyz?deep')
  assert.equal(ready.status, 200)
  assert.equal(((await ready.json()) as { sessions: number }).sessions, 1)
  const text = await (await admin('/metrics')).text()
  for (const line of [
    'openclaw_acks_total 1',
    'openclaw_frames_total{kind="publish"} 1',
    'openclaw_sessions 1',
    'openclaw_ready 1',
  ]) {
    assert.ok(text.includes(line), line)
  }
  for (const name of [
    'publish_seconds_bucket',
    'publish_queue_records',
    'slot_lag_records',
    'event_loop_delay_p99_seconds',
  ]) {
    assert.ok(text.includes(`openclaw_${name}`), name)
  }
  client.close()
  await waitFor(async () => (await (await admin('/metrics')).text()).includes('openclaw_sessions 0'))
})
