// F24: clients vanish without a word to the network; their connections are reaped in time, and nothing of them stays.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { toBase } from '../../gateway/registry/keys.ts'
import { onEnd } from '../support/cleanup.ts'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'
import { waitFor } from '../support/wait.ts'

const clients = 100
const heartbeat = 1_000
/** A quiet connection is looked at a quarter of a heartbeat late at most; the rest is the machine's. */
const lookMs = heartbeat / 4 + 1_250
const resumeWindow = 5_000

test(`${clients} clients vanish without a FIN: closed within two heartbeats, entries gone after the resume window`, async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, {
    heartbeat,
    delivery: { slots: 3, leaseTtl: 3_000, resumeWindow },
    limits: { rates: { principal: { connections: 1 } } },
  })
  const proxy = await tcpProxy(t, node.port)
  const here = await welcomed(t, node.port, await tokenFor('here'))
  const names = Array.from({ length: clients }, (_, n) => `gone-${n}`)
  const gone = await Promise.all(names.map(async (name) => welcomed(t, proxy.port, await tokenFor(name))))
  const redis = new Redis(cluster.stack.redisUrl)
  onEnd(t, () => redis.disconnect())
  const base = toBase('openclaw', cluster.name)
  const keys = async (kind: string) => (await redis.keys(`${base}${kind}:*`)).length
  const connections = async () => {
    const text = await (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text()
    return Number(/^openclaw_connections (\d+)/m.exec(text)?.[1])
  }
  await waitFor(async () => (await keys('session')) === clients + 1, { timeoutMs: 20_000 })
  assert.deepEqual([await connections(), await keys('held')], [clients + 1, clients + 1])

  const since = performance.now()
  proxy.failOver(node.port)
  await waitFor(async () => (await connections()) === 1, { timeoutMs: 30_000 })
  const reapedMs = Math.round(performance.now() - since)
  // What each user may have is free again, at once.
  await waitFor(async () => (await keys('held')) === 1, { timeoutMs: 20_000 })
  await waitFor(async () => (await keys('session')) === 1, { timeoutMs: 30_000, everyMs: 50 })
  const entriesGoneMs = Math.round(performance.now() - since)
  t.diagnostic(JSON.stringify({ clients, heartbeat, reapedMs, resumeWindow, entriesGoneMs }))
  assert.ok(reapedMs <= 2 * heartbeat + lookMs, `${reapedMs} ms`)
  here.send({ ping: {} })
  await here.next('pong')
  assert.equal(gone.length, clients)
  await welcomed(t, proxy.port, await tokenFor(names[0] ?? ''))
})
