// P7: a thousand sessions come back at once from the slot of a killed node, each with two hundred messages missed.
import assert from 'node:assert/strict'
import { loadavg } from 'node:os'
import { test } from 'node:test'
import { createBroker } from '../../gateway/broker/broker.ts'
import { kafkaConfig, silent } from '../gateway/broker/fixture.ts'
import { onEnd } from '../support/cleanup.ts'
import { cpuMsOf, print } from '../support/fault-counts.ts'
import { type Member, moveTo, openCrowd, sayHello, welcomed } from '../support/fault-crowd.ts'
import { type Cluster, testCluster } from '../support/gateway.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const sessions = 1_000
const missed = 200
const bytes = 300
const recordsAtATime = 2_000

test('1,000 sessions with 200 missed messages each come back whole and in order', async (t) => {
  // Longer than it all takes: nobody may wait for the dead node's lease.
  const cluster = await testCluster(t, {
    overrides: { auth: { helloTimeout: 60_000 }, delivery: { leaseTtl: 60_000 } },
  })
  const dead = await startProcess(t, cluster)
  const alive = await startProcess(t, cluster)
  const { slot } = await dead.ready()
  const topic = `${cluster.topics.slot}${slot}`
  const members = await openCrowd(t, sessions, dead.port)
  dead.signal('SIGKILL')
  await dead.exited
  const from = await cluster.kafka.endOffset(topic)
  await produce(cluster, topic, members)
  const to = await cluster.kafka.endOffset(topic)
  await moveTo(members, alive.port)

  const cpu = { gateway: cpuMsOf(alive.pid), test: cpuMsOf(process.pid) }
  const started = performance.now()
  for (const member of members) sayHello(member)
  const complete = () => members.every(({ got }) => got.length >= missed)
  await welcomed(members)
  const welcomedMs = performance.now() - started
  await waitFor(complete, { timeoutMs: 60_000 }).catch(() => undefined)
  const recoveredMs = Math.max(...members.map(({ lastAt }) => lastAt)) - started
  const gatewayCpuMs = cpuMsOf(alive.pid) - cpu.gateway
  const clientsCpuMs = cpuMsOf(process.pid) - cpu.test
  const bareMs = await readBare(t, cluster, topic, from, to)

  const expected = Array.from({ length: missed }, (_, n) => n)
  const whole = members.filter(({ welcome, session }) => welcome?.recovered && welcome.session === session)
  const inOrder = members.filter(({ got }) => got.join() === expected.join())
  const received = members.reduce((sum, { got }) => sum + got.length, 0)
  print('P7 resume thousand', {
    sessions,
    missedEach: missed,
    bytes,
    records: to - from,
    received,
    recovered: whole.length,
    inOrder: inOrder.length,
    welcomedMs: Math.round(welcomedMs),
    recoveredMs: Math.round(recoveredMs),
    bareReadMs: Math.round(bareMs),
    beyondMs: Math.round(recoveredMs - bareMs),
    gatewayCpuMs,
    clientsCpuMs,
    load: Math.round(loadavg()[0] ?? 0),
  })
  assert.deepEqual([whole.length, inOrder.length], [sessions, sessions])
})

/** Interleaved, as backends would: one message for each session, then the next for each. */
async function produce(cluster: Cluster, topic: string, members: readonly Member[]): Promise<void> {
  const text = 'x'.repeat(bytes - '{"n":100,"text":""}'.length)
  let batch: { value: string; headers: Record<string, string> }[] = []
  for (let n = 0; n < missed; n += 1) {
    for (const { session } of members) {
      batch.push({
        value: JSON.stringify({ n, text }),
        headers: { ce_to: `session:${session}`, 'content-type': 'application/json' },
      })
      if (batch.length < recordsAtATime) continue
      await cluster.kafka.send(topic, batch)
      batch = []
    }
  }
  if (batch.length > 0) await cluster.kafka.send(topic, batch)
}

/** Milliseconds that the same range takes with nothing done to its records; the better of two. */
async function readBare(
  t: Parameters<typeof onEnd>[0],
  { stack }: Cluster,
  topic: string,
  from: number,
  to: number,
): Promise<number> {
  const broker = createBroker(kafkaConfig({ brokers: [...stack.brokers] }), { log: silent })
  onEnd(t, () => broker.close(2_000))
  const { signal } = new AbortController()
  await broker.connect(signal)
  const times: number[] = []
  for (let round = 0; round < 2; round += 1) {
    const started = performance.now()
    let count = 0
    const onChunk = ({ records }: { records: readonly unknown[] }) => void (count += records.length)
    await broker.ranges.read(topic, from, to, { timeoutMs: 10_000, signal, onChunk })
    times.push(performance.now() - started)
    assert.equal(count, to - from)
  }
  return Math.min(...times)
}
