// What clients may send and be sent in a time, through a whole gateway.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const publish = (client: TestClient, n: number) =>
  client.send({ publish: { id: `m-${n}`, route: 'echo', payload: n } })

const kinds = (client: TestClient, kind: string) => client.frames.filter((frame) => frame.kind === kind)

test('frames over the rate are refused with the time to wait, and are not published', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, { limits: { rates: { connection: { messages: '20/2s' } } } })
  const records = await cluster.kafka.read(cluster.echo)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  assert.equal((client.welcome['limits'] as Record<string, number>)['messagesPerSecond'], 10)
  for (let n = 0; n < 60; n++) publish(client, n)
  await waitFor(() => kinds(client, 'ack').length + kinds(client, 'refusal').length === 60)
  const refusals = kinds(client, 'refusal')
  assert.ok(refusals.length > 20)
  for (const { code, retryable, id, retryAfterMs } of refusals) {
    assert.deepEqual([code, retryable, String(id).slice(0, 2)], ['rate-limited', true, 'm-'])
    assert.ok(Number(retryAfterMs) >= 1 && Number(retryAfterMs) <= 100, String(retryAfterMs))
  }
  // Who waits is taken again, with the same id.
  await waitFor(
    async () => {
      publish(client, 59)
      return kinds(client, 'ack').some(({ id }) => id === 'm-59')
    },
    { everyMs: 100 },
  )
  const acked = new Set(kinds(client, 'ack').map(({ id }) => id))
  await waitFor(() => records.length >= acked.size)
  assert.equal(records.length, acked.size)
})

test('who goes on after so many refusals is closed with 4529', async (t) => {
  const cluster = await testCluster(t)
  const rates = { connection: { messages: '5/m', refusals: '20/m' } }
  const node = await startNode(t, cluster, { limits: { rates } })
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  for (let n = 0; n < 40; n++) publish(client, n)
  assert.equal((await client.closed).code, 4529)
  assert.equal(kinds(client, 'refusal').length, 20)
})

test('the rate of a route is that of a user, over all of its connections; others are not held up', async (t) => {
  const cluster = await testCluster(t)
  const routes = { echo: { topic: cluster.echo, match: [{ path: '/echo' }], rate: '4/m' } }
  const node = await startNode(t, cluster, { routes })
  const [alice, bob] = [await tokenFor('alice'), await tokenFor('bob')]
  const [one, two, other] = [
    await welcomed(t, node.port, alice),
    await welcomed(t, node.port, alice),
    await welcomed(t, node.port, bob),
  ]
  for (const client of [one, two, other]) {
    for (let n = 0; n < 4; n++) publish(client, n)
    await waitFor(() => kinds(client, 'ack').length + kinds(client, 'refusal').length === 4)
  }
  assert.deepEqual(
    [one, two, other].map((client) => kinds(client, 'ack').length),
    [4, 0, 4],
  )
})

test('a raw client is read no faster than it may send: all arrives in order, and nobody is closed', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, { limits: { rates: { connection: { messages: '40/s' } } } })
  const records = await cluster.kafka.read(cluster.echo)
  const client = await connect(t, node.port, { protocols: [], path: '/echo', token: await tokenFor('alice') })
  const since = performance.now()
  for (let n = 0; n < 120; n++) client.ws.send(String(n))
  await waitFor(() => records.length === 120, { timeoutMs: 20_000 })
  const ms = performance.now() - since
  assert.ok(ms > 1_900, `${ms} ms`)
  assert.deepEqual(
    records.map(({ value }) => Number(value)),
    Array.from({ length: 120 }, (_, n) => n),
  )
  assert.equal(client.ws.readyState, client.ws.OPEN)
})

test('a flood of pings is closed with 4529, and a heartbeat is none', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const [flood, calm] = [
    await welcomed(t, node.port, await tokenFor('mallory')),
    await welcomed(t, node.port, await tokenFor('alice')),
  ]
  for (let n = 0; n < 10; n++) calm.ws.ping()
  for (let n = 0; n < 1_000; n++) flood.ws.ping()
  assert.equal((await flood.closed).code, 4529)
  calm.send({ ping: {} })
  await calm.next('pong')
})

test('what is written to a client flows at its rate, whole and in order', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, { limits: { rates: { principal: { bytesOut: '10KiB/s' } } } })
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  const since = performance.now()
  const texts = Array.from({ length: 40 }, (_, n) => `"${n} ${'x'.repeat(1_000)}"`)
  await cluster.kafka.send(
    cluster.topics.dispatch,
    texts.map((value) => ({ key: 'user:alice', value, headers: { ce_to: 'user:alice' } })),
  )
  await waitFor(() => kinds(client, 'message').length === 40, { timeoutMs: 20_000 })
  const ms = performance.now() - since
  assert.ok(ms > 2_000, `${ms} ms`)
  assert.equal(client.ws.readyState, client.ws.OPEN)
  assert.deepEqual(
    kinds(client, 'message').map(({ payload }) => JSON.stringify(payload)),
    texts,
  )
})
