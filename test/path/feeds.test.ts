// Feeds, commands and grants over a whole gateway: topics of others live, and subscriptions that the rule would not give.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { randomName } from '../support/names.ts'
import { waitFor } from '../support/wait.ts'

async function world(t: TestContext) {
  const [prices, orders] = [randomName('prices'), randomName('orders')]
  const overrides = {
    channels: { 'ticker:{symbol}': { subscribe: true }, 'room:{room}': { subscribe: false } },
    feeds: {
      prices: { topic: prices, to: 'channel:ticker:{key}', type: 'price', framing: 'confluent' },
      orders: { topic: orders, to: 'user:{value.customer}', type: 'order' },
    },
  } as const
  const cluster = await testCluster(t, { overrides })
  await cluster.kafka.createTopics([
    { topic: prices, partitions: 3 },
    { topic: orders, partitions: 2 },
  ])
  const node = await startNode(t, cluster)
  const alice = await welcomed(t, node.port, await tokenFor('alice'))
  return { ...cluster, node, alice, prices, orders }
}

test('topics of others are live on channels and for users', async (t) => {
  const { kafka, alice, prices, orders, topics } = await world(t)
  const quarantined = await kafka.read(topics.quarantine)
  alice.send({ subscribe: { id: 's', channel: 'ticker:ABC' } })
  await alice.next('subscribed')
  const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), Buffer.from('{"bid":1.5}')])
  await kafka.send(prices, [
    { key: 'XYZ', value },
    { key: 'ABC', value },
  ])
  const price = await alice.next('message')
  assert.deepEqual([price['channel'], price['type'], price['payload']], ['ticker:ABC', 'price', { bid: 1.5 }])
  await kafka.send(orders, [
    { key: '1', value: '{"customer":"bob"}', headers: { ce_to: 'user:alice' } },
    { key: '2', value: '{"nobody":true}', headers: { ce_to: 'user:alice' } },
    { key: '3', value: '{"customer":"alice","n":7}', headers: { ce_to: 'user:bob', 'x-shop': 'a' } },
  ])
  const order = await alice.next('message', () => true, 20_000)
  assert.deepEqual(
    [order['type'], order['payload'], order['headers']],
    ['order', { customer: 'alice', n: 7 }, { 'x-shop': 'a' }],
  )
  await waitFor(() => quarantined.length === 1)
  assert.match(quarantined[0]?.text ?? '', /a part of its target is missing/)
})

test('a backend puts sessions on channels and takes them off, in the order of the log', async (t) => {
  const { kafka, alice, topics } = await world(t)
  const receipts = await kafka.read(topics.receipts)
  const send = (value: string, headers: Record<string, string>, topic = topics.dispatch) =>
    kafka.send(topic, [{ key: 'user:alice', value, headers: { ce_to: 'user:alice', ...headers } }])
  await send('', { ce_command: 'subscribe', ce_channel: 'room:7' })
  const subscribed = await alice.next('subscribed', () => true, 20_000)
  assert.deepEqual([subscribed['channel'], 'id' in subscribed], ['room:7', false])
  await kafka.send(topics.channels, [{ value: '1', headers: { ce_to: 'channel:room:7' } }])
  assert.equal((await alice.next('message'))['payload'], 1)
  await send('2', {})
  await send('', { ce_command: 'unsubscribe', ce_channel: 'room:7' })
  await alice.next('unsubscribed')
  assert.equal((await alice.next('message'))['payload'], 2)
  const to = `session:${String(alice.welcome['session'])}`
  await send('', { ce_to: to, ce_command: 'subscribe', ce_channel: 'no such channel' })
  await waitFor(() => receipts.length === 1)
  assert.match(receipts[0]?.text ?? '', /"reason": ?"invalid"/)
})

test('a token for one channel lets its user on it', async (t) => {
  const { alice } = await world(t)
  alice.send({ subscribe: { id: 'a', channel: 'room:7' } })
  assert.equal((await alice.next('refusal'))['code'], 'forbidden')
  const theirs = await tokenFor('bob', { claims: { channel: 'room:7' } })
  alice.send({ subscribe: { id: 'b', channel: 'room:7', token: theirs } })
  assert.equal((await alice.next('refusal'))['code'], 'forbidden')
  const token = await tokenFor('alice', { claims: { channel: 'room:7' } })
  alice.send({ subscribe: { id: 'c', channel: 'room:7', token } })
  assert.equal((await alice.next('subscribed'))['id'], 'c')
})
