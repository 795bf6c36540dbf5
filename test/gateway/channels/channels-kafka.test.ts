// Channels over a real Kafka: bursts to thousands, what was missed long ago, and logs that were cut or made anew.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from '../broker/fixture.ts'
import { channelsOver, subscribe, TestClient } from './world.ts'

/** A topic, a producer such as any backend has, and nodes that read it, one after the other. */
async function start(t: TestContext) {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const topic = randomName('channels')
  await kafka.createTopics([{ topic }])
  const broker = createBroker(kafkaConfig({ brokers: [...brokers] }), { log: silent })
  onEnd(t, () => broker.close(2_000))
  return {
    kafka,
    topic,
    node: () => channelsOver(t, broker.ranges, topic),
    /** Numbers of one channel, each a message. */
    send: (channel: string, from: number, to: number) =>
      kafka.send(
        topic,
        Array.from({ length: to - from }, (_gap, n) => ({
          value: String(from + n),
          headers: { ce_to: `channel:${channel}` },
        })),
      ),
  }
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_gap, n) => from + n)

type Node = ReturnType<typeof channelsOver>

async function join({ channels }: Node, channel: string, since?: string): Promise<TestClient> {
  const client = new TestClient()
  channels.subscribe(client, subscribe(channel, since === undefined ? {} : { since }))
  await waitFor(() => client.seen.length > 0)
  return client
}

/** Shows a client messages 0 to `count` on a node that then stops; its positions, from before the first on. */
async function positionsAfter(
  { node, send }: Awaited<ReturnType<typeof start>>,
  count: number,
): Promise<string[]> {
  const first = node()
  const client = await join(first, 'a')
  await send('a', 0, count)
  await waitFor(() => client.payloads.length === count)
  first.sources.stop()
  return client.seen.map(({ position }) => String(position))
}

test('two thousand subscribers of one channel get a burst whole and in order, each once', async (t) => {
  const { node, send } = await start(t)
  const { channels } = node()
  const clients = Array.from({ length: 2_000 }, () => new TestClient())
  for (const client of clients) channels.subscribe(client, subscribe('a'))
  await waitFor(() => clients.every(({ seen }) => seen.length === 1))
  for (let from = 0; from < 100; from += 25) await send('a', from, from + 25)
  await waitFor(() => clients.every(({ seen }) => seen.length > 100))
  for (const client of clients) assert.deepEqual(client.payloads, numbers(0, 100))
  // What is joined for one is written to all.
  const writes = clients.map((client) => client.writes)
  assert.ok(
    writes.every((of) => of.length === writes[0]?.length && of.every((bytes, n) => bytes === writes[0]?.[n])),
  )
})

test('what was missed long ago is read from Kafka by a node that has nothing in memory, for many at once', async (t) => {
  const world = await start(t)
  const positions = await positionsAfter(world, 3)
  await world.send('b', 0, 2_000)
  await world.send('a', 3, 1_000)
  await world.send('b', 0, 2_000)
  await world.send('a', 1_000, 1_010)
  const next = world.node()
  const wanted = [...positions, ...positions, ...positions]
  const clients = wanted.map((since) => {
    const client = new TestClient()
    next.channels.subscribe(client, subscribe('a', { since }))
    return client
  })
  await world.send('a', 1_010, 1_020)
  await waitFor(() => clients.every(({ seen }) => seen.at(-1)?.['payload'] === 1_019), { timeoutMs: 30_000 })
  for (const [n, client] of clients.entries()) {
    assert.equal(client.seen[0]?.['recovered'], true)
    assert.equal(client.seen[0]?.['position'], wanted[n])
    assert.deepEqual(client.payloads, numbers(n % positions.length, 1_020))
  }
  const last = new TestClient()
  next.channels.subscribe(last, subscribe('a', { last: 5 }))
  await waitFor(() => last.payloads.length === 5)
  assert.deepEqual(last.payloads, numbers(1_015, 1_020))
})

test('a topic that was cut while a client was away is a gap', async (t) => {
  const world = await start(t)
  const positions = await positionsAfter(world, 4)
  await world.send('a', 4, 10)
  await world.kafka.cut(world.topic, 6)
  const next = world.node()
  for (const since of positions) {
    const client = await join(next, 'a', since)
    assert.equal(client.seen[0]?.['recovered'], false)
    assert.deepEqual(client.payloads, [])
  }
  await world.send('a', 10, 11)
  const client = await join(next, 'a', positions[4])
  assert.equal(client.seen[0]?.['recovered'], false)
})

test('a topic that was made anew is a gap for who was away and for who listens, however long it is', async (t) => {
  const world = await start(t)
  const positions = await positionsAfter(world, 4)
  const before = world.node()
  const listening = await join(before, 'a')
  await world.kafka.recreate(world.topic)
  await world.send('a', 100, 110)
  await waitFor(() => listening.of('subscribed').length === 2, { timeoutMs: 20_000 })
  assert.deepEqual([listening.last['id'], listening.of('subscribed')[1]?.['recovered']], [undefined, false])
  const next = world.node()
  for (const since of positions.slice(1)) {
    const client = await join(next, 'a', since)
    assert.equal(client.seen[0]?.['recovered'], false)
  }
  await world.send('a', 110, 111)
  await waitFor(() => listening.payloads.at(-1) === 110)
})
