// Topics that know nothing of the gateway, made live by configuration; and what backends do to subscriptions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { randomName } from '../support/names.ts'

test('a feed for channels and one for users make foreign topics live', async (t) => {
  const [prices, orders] = [randomName('prices'), randomName('orders')]
  const cluster = await testCluster(t, {
    overrides: {
      channels: { 'ticker:{symbol}': { subscribe: true } },
      feeds: {
        prices: { topic: prices, to: 'channel:ticker:{key}', type: 'price' },
        orders: { topic: orders, to: 'user:{value.customer}' },
      },
    },
  })
  await cluster.kafka.createTopics([{ topic: prices, partitions: 3 }, { topic: orders }])
  const node = await startNode(t, cluster)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  client.send({ subscribe: { id: 's', channel: 'ticker:ACME' } })
  await client.next('subscribed')
  await cluster.kafka.send(prices, [
    { key: 'OTHER', value: '{"price":1}' },
    { key: 'ACME', value: '{"price":2}' },
  ])
  const price = await client.next('message')
  assert.deepEqual(
    [price['channel'], price['type'], price['payload']],
    ['ticker:ACME', 'price', { price: 2 }],
  )
  await cluster.kafka.send(orders, [{ value: '{"customer":"alice","order":7}' }])
  const order = await client.next('message', undefined, 20_000)
  assert.deepEqual(order['payload'], { customer: 'alice', order: 7 })
})

test('a backend puts a session on a channel and takes it off, whatever the rule says', async (t) => {
  const cluster = await testCluster(t, { overrides: { channels: { 'room:{room}': { subscribe: false } } } })
  const node = await startNode(t, cluster)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  const slot = Number.parseInt(String(client.welcome['position']).split('.')[0] ?? '', 36)
  const command = (what: string) =>
    cluster.kafka.send(`${cluster.topics.slot}${slot}`, [
      {
        value: '',
        headers: {
          ce_to: `session:${String(client.welcome['session'])}`,
          ce_command: what,
          ce_channel: 'room:1',
        },
      },
    ])
  await command('subscribe')
  const subscribed = await client.next('subscribed')
  assert.deepEqual([subscribed['channel'], subscribed['id']], ['room:1', undefined])
  await cluster.kafka.send(`${cluster.name}.channels`, [
    { value: '"hi"', headers: { ce_to: 'channel:room:1' } },
  ])
  assert.equal((await client.next('message'))['payload'], 'hi')
  await command('unsubscribe')
  assert.equal((await client.next('unsubscribed'))['channel'], 'room:1')
})
