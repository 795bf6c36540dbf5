// F15: clients push far more than a slow Kafka takes: they are not read meanwhile, memory stays, and nothing acked is lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestClient } from '../support/client.ts'
import { welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { kafkaProxy } from '../support/kafka-proxy.ts'
import { tokenFor } from '../support/keys.ts'
import { memoryOf } from '../support/node-health.ts'
import { startProcess } from '../support/node-process.ts'
import { testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const clients = 10
const pushMs = 6_000
/** Kafka's answers come at the end of each such piece of time: some three batches a second. */
const slowMs = 150
const maxBatch = 20
const resumesMs = 2_000
const mostBytesMore = 80 * 1024 ** 2
/** So large that what the kernel keeps for sockets nobody reads is full soon. */
const payload = 'x'.repeat(30_000)

test('clients push ten times what a slow Kafka takes: sockets wait, memory is flat, no acked frame is lost', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const cluster = await testCluster(t, {
    overrides: {
      kafka: { brokers: [...proxy.brokers], maxBatch, maxQueue: 2_000, maxQueueBytes: '8MiB' },
      limits: { inflight: 200 },
    },
  })
  const node = await startProcess(t, cluster)
  const fleet = await Promise.all(
    Array.from(
      { length: clients },
      async (_, n) => new Pusher(n, await welcomed(t, node.port, await tokenFor(`p-${n}`))),
    ),
  )
  const before = await memoryOf(node.pid)
  let isSlow = true
  const slow = (async () => {
    while (isSlow) {
      proxy.freeze()
      await pause(slowMs)
      proxy.thaw()
    }
  })()
  const since = performance.now()
  let most = before.now
  let longestStuck = 0
  while (performance.now() - since < pushMs) {
    for (const pusher of fleet) pusher.push()
    longestStuck = Math.max(longestStuck, fleet.filter(({ stuck }) => stuck).length)
    most = Math.max(most, (await memoryOf(node.pid)).now)
    await pause(5)
  }
  const offered = fleet.reduce((sum, { sent, wouldSend }) => sum + sent + wouldSend, 0)
  const ackedSlowly = fleet.reduce((sum, { acked }) => sum + acked.size, 0)
  isSlow = false
  await slow
  const fastAt = performance.now()
  const ackedThen = fleet.map(({ acked }) => acked.size)
  await waitFor(() => fleet.every(({ acked }, n) => acked.size > (ackedThen[n] ?? 0)), { timeoutMs: 20_000 })
  const readAgainMs = Math.round(performance.now() - fastAt)
  await waitFor(() => fleet.every(({ answered, sent }) => answered === sent), { timeoutMs: 30_000 })
  const records = await cluster.kafka.read(cluster.echo)
  const acked = fleet.flatMap((pusher) => [...pusher.acked])
  await waitFor(() => records.length >= acked.length, { timeoutMs: 30_000 })
  const stored = new Set(records.map(({ text }) => (JSON.parse(text) as { id: string }).id))
  const lost = acked.filter((id) => !stored.has(id)).length
  const counts = {
    offeredPerSecond: Math.round((offered * 1_000) / pushMs),
    takenPerSecond: Math.round((ackedSlowly * 1_000) / pushMs),
    acked: acked.length,
    inKafka: stored.size,
    lost,
    refused: fleet.reduce((sum, { refused }) => sum + refused, 0),
    longestStuck,
    readAgainMs,
    moreMiB: Math.round((most - before.now) / 1024 ** 2),
  }
  t.diagnostic(`F15 ${JSON.stringify(counts)}`)
  assert.equal(lost, 0)
  assert.ok(counts.offeredPerSecond >= 10 * counts.takenPerSecond, 'ten times as much was offered')
  assert.ok(longestStuck > clients / 2, 'sockets were not read')
  assert.ok(readAgainMs <= resumesMs)
  assert.ok(most - before.now < mostBytesMore)
  assert.ok(fleet.every(({ client }) => client.ws.readyState === client.ws.OPEN))
})

/** Sends as much as its socket takes, and counts what it would have sent. */
class Pusher {
  readonly client: TestClient
  readonly acked = new Set<string>()
  sent = 0
  refused = 0
  wouldSend = 0
  readonly #name: number

  constructor(name: number, client: TestClient) {
    this.#name = name
    this.client = client
    client.ws.on('message', (data: Buffer) => {
      const { ack, refusal } = JSON.parse(data.toString()) as { ack?: { id: string }; refusal?: object }
      if (ack !== undefined) this.acked.add(ack.id)
      if (refusal !== undefined) this.refused++
      client.frames.length = 0
      client.texts.length = 0
    })
  }

  get answered(): number {
    return this.acked.size + this.refused
  }

  /** What it sent before is still here: nobody reads at the other end. */
  get stuck(): boolean {
    return this.client.ws.bufferedAmount > 256 * 1024
  }

  push(): void {
    for (let n = 0; n < 4; n++) {
      if (this.stuck) {
        this.wouldSend++
        continue
      }
      const id = `p-${this.#name}-${this.sent++}`
      this.client.send({ publish: { id, route: 'echo', payload: { id, payload } } })
    }
  }
}
