// F9: Redis is down for long: who is connected notices nothing, who comes is let in, who moves to another node comes back whole.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { tell } from '../support/fault-counts.ts'
import { startFaultRun } from '../support/fault-run.ts'
import { tokenFor } from '../support/keys.ts'
import { healthOf, memoryOf } from '../support/node-health.ts'
import { ownRedis, testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** OPENCLAW_TEST_LONG=1: as long as a real outage. */
const outageMs = process.env['OPENCLAW_TEST_LONG'] === '1' ? 60_000 : 15_000
const clients = 40
const movers = 8
const newcomers = 5
/** Beyond what a node has before, for the load that goes on. */
const mostBytesMore = 100 * 1024 ** 2

test(`Redis is down for ${outageMs / 1_000} s: no socket is closed, replies go on, sessions move and come back whole`, async (t) => {
  const [{ brokers }, redis] = [await testStack(), await ownRedis(t)]
  const stack = { brokers, redisUrl: redis.url }
  const run = await startFaultRun(t, { nodes: 2, clients, slots: 4, seed: 9, stack })
  const { nodes, fleet, backend, history } = run
  fleet.load(100)
  backend.push(60)
  const moreThan = async (count: number) => {
    const since = fleet.received
    await waitFor(() => fleet.received > since + count, { timeoutMs: 30_000, describe: 'deliveries' })
  }
  await moreThan(300)
  const before = await Promise.all(nodes.alive.map(({ pid }) => memoryOf(pid)))
  const of = (phase: 'begin' | 'end') =>
    history.add({ e: 'fault', at: Date.now(), nth: 1, kind: 'redis down', phase })

  of('begin')
  await redis.kill()
  const downAt = performance.now()
  const receivedAtDown = fleet.received
  const isOver = () => performance.now() - downAt > outageMs
  // Longer than a lease: from here on only Kafka says who has a slot.
  await waitFor(() => performance.now() - downAt > outageMs / 3, { timeoutMs: outageMs })
  const moved = fleet.clients.slice(0, movers)
  const from = moved.map(({ socket }) => socket.current?.port)
  for (const client of moved) client.socket.vanish()
  await moreThan(20)
  const movedAt = performance.now()
  for (const [n, client] of moved.entries()) {
    fleet.steered.set(n, nodes.ports.find((port) => port !== from[n]) ?? 0)
    client.start()
  }
  await waitFor(() => moved.every(({ welcomed: has }) => has), { timeoutMs: 20_000, describe: 'movers' })
  const movedMs = Math.round(performance.now() - movedAt)
  fleet.steered.clear()
  let taken = 0
  let slowest = 0
  for (let n = 0; n < newcomers; n += 1) {
    const since = performance.now()
    const client = await welcomed(t, nodes.ports[n % 2] ?? 0, await tokenFor(`new${n}`))
    slowest = Math.max(slowest, performance.now() - since)
    taken += 1
    client.close()
  }
  const health = await Promise.all(nodes.alive.map(({ adminPort }) => healthOf(adminPort)))
  await waitFor(isOver, { timeoutMs: outageMs + 5_000 })
  const received = fleet.received - receivedAtDown
  const after = await Promise.all(nodes.alive.map(({ pid }) => memoryOf(pid)))
  await redis.start()
  of('end')
  const upAt = Date.now()
  await run.healed(30_000)
  backend.quiet()
  // What was addressed to users waited in its log, and is resolved now.
  const { kafka, topics } = run.cluster
  const ends = await Promise.all([0, 1].map((partition) => kafka.endOffset(topics.dispatch, partition)))
  const isResolved = async (end: number, partition: number) =>
    end === 0 || (await kafka.committed(topics.dispatch, topics.dispatch, partition)) >= end
  await waitFor(async () => (await Promise.all(ends.map(isResolved))).every(Boolean), {
    timeoutMs: 40_000,
    everyMs: 100,
  }).catch(() => undefined)
  const resolvedMs = Date.now() - upAt
  const judged = await run.judge()
  const { entries } = judged
  const begun = entries.find(({ e }) => e === 'fault')?.at ?? 0
  const closed = entries.filter(
    (entry) =>
      entry.e === 'client' && entry.kind === 'closed' && !entry.ours && entry.at >= begun && entry.at <= upAt,
  )
  const welcomes = entries.flatMap((entry) =>
    entry.e === 'client' && entry.kind === 'welcome' && entry.at >= begun && entry.client < movers
      ? [entry]
      : [],
  )
  const moreBytes = after.map(({ now }, n) => now - (before[n]?.now ?? 0))
  tell('F9 Redis down', judged, {
    outageMs,
    receivedMeanwhile: received,
    closed: closed.length,
    newcomers: taken,
    slowestNewcomerMs: Math.round(slowest),
    moved: welcomes.length,
    recovered: welcomes.filter(({ recovered }) => recovered).length,
    movedMs,
    usersFoundMs: resolvedMs,
    reports: entries.filter(({ e }) => e === 'receipt').length,
    moreMiB: moreBytes.map((bytes) => Math.round(bytes / 1024 ** 2)),
  })
  assert.equal(closed.length, 0, 'no socket was closed')
  assert.ok(
    health.every((each) => each?.status === 200),
    'a node without Redis stays ready',
  )
  assert.deepEqual([welcomes.length, welcomes.filter(({ recovered }) => recovered).length], [movers, movers])
  const unresolved = judged.judgement.deliveries['reported no-session'] ?? 0
  assert.equal(unresolved, 0, 'whoever is connected is found when Redis is back')
  assert.ok(received > 0 && moreBytes.every((bytes) => bytes < mostBytesMore))
})
