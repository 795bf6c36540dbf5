// F14: 50 of 300 subscribers stop reading: each meets its channel's policy, the others do not notice, and memory stays bounded.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ChannelListener } from '../support/channel-listener.ts'
import { onEnd } from '../support/cleanup.ts'
import { print, quantile, withinLoad } from '../support/fault-counts.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { type NodeProcess, startProcess } from '../support/node-process.ts'
import { sendPaced } from '../support/paced.ts'
import { waitFor } from '../support/wait.ts'

const policies = ['disconnect', 'drop-oldest', 'conflate'] as const
const subscribers = 300
const stalled = 50
/** Messages to each channel, and their bytes. */
const perSecond = 100
const size = 1_024
/** What those who stop reading listen to as well, so that they are slow soon; nobody else does. */
const flood = { perSecond: 50, size: 16 * 1_024 }
const keys = 10
const outbox = 1_024 ** 2
const quietMs = 4_000
const mebi = 1_024 ** 2

const policyOf = (n: number) => policies[n % policies.length] ?? 'disconnect'

/** The n-th message to the channel of this name under each policy. */
const toEach = (name: string, n: number, bytes: number) =>
  policies.map((policy) => ({
    value: JSON.stringify({ n, at: performance.now(), fill: 'x'.repeat(bytes - 60) }),
    headers: { ce_to: `channel:${policy}:${name}`, ce_conflationkey: `k${n % keys}` },
  }))

const residentOf = ({ pid }: NodeProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024

async function closedAsSlow({ adminPort }: NodeProcess): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
  return Number(/^openclaw_connections_closed_total\{code="4513"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

test('who stops reading meets the policy of its channel, and nobody else notices', async (t) => {
  const cluster = await testCluster(t, {
    overrides: {
      heartbeat: 40_000,
      delivery: { maxDeliverySize: outbox / 2 },
      limits: { outbox },
      channels: Object.fromEntries(
        policies.map((whenSlow) => [`${whenSlow}:{name}`, { subscribe: true, whenSlow }]),
      ),
    },
  })
  const node = await startProcess(t, cluster)
  let latencies: number[] = []
  const listeners = Array.from({ length: subscribers }, (_, n) => {
    const token = tokenFor(`u${n}`, { ttl: 3_600 })
    return new ChannelListener({
      port: () => node.port,
      token: () => token,
      channels: [`${policyOf(n)}:all`, ...(n < stalled ? [`${policyOf(n)}:flood`] : [])],
      resumes: true,
      onMessage: ({ at }) => {
        if (n >= stalled) latencies.push(performance.now() - Number(at))
      },
    })
  })
  onEnd(t, () => {
    for (const { socket } of listeners) socket.vanish()
  })
  for (const [n, listener] of listeners.entries()) setTimeout(() => listener.start(), n * 3)
  const away = () => listeners.filter(({ subscribed }) => !subscribed)
  await waitFor(() => away().length === 0, {
    timeoutMs: 60_000,
    describe: () => {
      const [one] = away()
      return `all to have subscribed; ${away().length} have not, one for ${one?.closes.join()} ${one?.refusals.join()}`
    },
  })

  const topic = `${cluster.name}.channels`
  const all = sendPaced(t, cluster.kafka, topic, perSecond, (n) => toEach('all', n, size))
  /** p50 and p99 of the healthy ones while `fact` is waited for. */
  const measure = async (fact: () => boolean | Promise<boolean>, timeoutMs: number) => {
    latencies = []
    await waitFor(fact, { timeoutMs, everyMs: 100 })
    const sorted = latencies.toSorted((a, b) => a - b)
    return { p50: Math.round(quantile(sorted, 0.5)), p99: Math.round(quantile(sorted, 0.99)) }
  }
  const quiet = async () => {
    const until = performance.now() + quietMs
    return measure(() => performance.now() >= until, quietMs * 2)
  }
  await quiet()
  const before = await quiet()
  const residentBefore = residentOf(node)

  // Whoever had to try twice on a busy machine has done so by now.
  for (const { closes } of listeners) closes.length = 0
  const slow = listeners.slice(0, stalled)
  const healthy = listeners.slice(stalled)
  const kicked = slow.filter((_, n) => policyOf(n) === 'disconnect')
  const stalledAt = performance.now()
  for (const { socket } of slow) socket.stall()
  const more = sendPaced(t, cluster.kafka, topic, flood.perSecond, (n) => toEach('flood', n, flood.size))
  let resident = 0
  const meanwhile = await measure(async () => {
    resident = Math.max(resident, residentOf(node))
    return (await closedAsSlow(node)) >= kicked.length
  }, 120_000)
  const policyAfterMs = Math.round(performance.now() - stalledAt)
  // The other policies are at work for as long again.
  const after = await quiet()
  resident = Math.max(resident, residentOf(node))
  const closed = await closedAsSlow(node)

  for (const { socket } of slow) socket.unstall()
  await Promise.all([all.stop(), more.stop()])
  const sentTo = (channel: string) => (channel.endsWith('flood') ? more.sent : all.sent)
  const behind = () =>
    listeners.filter(({ logs }) => [...logs].some(([channel, { last }]) => last < sentTo(channel) - 1)).length
  await waitFor(() => behind() === 0, { timeoutMs: 60_000, everyMs: 50 }).catch(() => undefined)
  const counts = (of: readonly ChannelListener[], policy: string) => {
    const logs = of.flatMap(({ logs }) =>
      [...logs].flatMap(([channel, log]) =>
        channel.startsWith(policy) ? [log.counts(sentTo(channel))] : [],
      ),
    )
    const sum = (field: keyof (typeof logs)[number]) =>
      logs.reduce((total, counted) => total + counted[field], 0)
    return Object.fromEntries(
      (['messages', 'repeats', 'gaps', 'dropped', 'missing', 'misplaced'] as const).map((field) => [
        field,
        sum(field),
      ]),
    )
  }
  const slowCounts = Object.fromEntries(policies.map((policy) => [policy, counts(slow, policy)]))
  const healthyCounts = counts(healthy, '')
  print('F14 slow readers of channels', {
    subscribers,
    stalled,
    sent: { all: all.sent, flood: more.sent },
    latencyMs: { before, meanwhile, after },
    policyAfterMs,
    closed,
    healthyClosed: healthy.flatMap(({ closes }) => closes),
    healthy: healthyCounts,
    slow: slowCounts,
    residentMiB: { before: Math.round(residentBefore / mebi), most: Math.round(resident / mebi) },
    behind: behind(),
  })
  // Nobody is silently short of anything; only those whose channel lets it happen miss any at all.
  for (const counted of [healthyCounts, ...Object.values(slowCounts)]) {
    const { missing, misplaced, gaps } = counted
    assert.deepEqual({ missing, misplaced, gaps }, { missing: 0, misplaced: 0, gaps: 0 })
  }
  assert.equal(behind(), 0)
  assert.deepEqual([healthyCounts['dropped'], slowCounts['disconnect']?.['dropped']], [0, 0])
  assert.ok(Number(slowCounts['drop-oldest']?.['dropped']) > 0)
  // Keys repeat, so that far more is let go where the newest of each is enough.
  assert.ok(Number(slowCounts['conflate']?.['dropped']) > Number(slowCounts['drop-oldest']?.['dropped']))
  assert.deepEqual([closed, healthy.flatMap(({ closes }) => closes)], [kicked.length, []])
  // What waits for each of them and is held for its channels, and as much again for what is not collected yet.
  assert.ok(resident - residentBefore < 2 * stalled * outbox + 64 * mebi)
  for (const { p99 } of [meanwhile, after]) assert.ok(p99 < 1.5 * before.p99 + withinLoad(500))
})
