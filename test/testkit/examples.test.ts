// The three examples of the test kit's README, as they stand there: a front end, a back end, a reconnect.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../../client/index.ts'
import type { Received } from '../../consumers/kit/received.ts'
import { createTestGateway } from '../../testkit/gateway.ts'

test('a front end is tested against a backend that the test plays', async () => {
  const gateway = await createTestGateway({
    config: { routes: { orders: { topic: 'orders.in', match: [{ path: '/' }] } } },
  })
  const client = createClient({ url: () => gateway.url, token: () => gateway.token('alice') })

  await gateway.kafka.consume('orders.in', async (received) => {
    await received.reply({ accepted: (received.json() as { item: string }).item })
  })
  await client.connect()
  const reply = await client.request({ route: 'orders' }, { item: 'tea' })

  assert.deepEqual(reply.payload, { accepted: 'tea' })
  await client.close()
  await gateway.stop()
})

test('a back end is tested with records and what it answers', async () => {
  // What is to be tested: it knows nothing of tests.
  const onOrder = async (received: Received) => {
    const { item } = received.json() as { item?: string }
    if (item === undefined) throw new Error('an order without an item')
    await received.sendTo(`user:${received.user}`, { ordered: item }, { type: 'order.accepted' })
  }
  const gateway = await createTestGateway()

  await gateway.kafka.consume({ topic: 'orders.in', retries: 1, retryDelayMs: 1 }, onOrder)
  await gateway.kafka.produce('orders.in', { item: 'tea' }, { headers: { ce_subject: 'alice' } })
  await gateway.kafka.produce('orders.in', { nothing: true }, { headers: { ce_subject: 'alice' } })

  const told = await gateway.kafka.record('openclaw.dispatch')
  assert.deepEqual([told.headers['ce_to'], told.json()], ['user:alice', { ordered: 'tea' }])
  const dead = await gateway.kafka.record('orders.in.dead')
  assert.equal(dead.headers['dead_reason'], 'an order without an item')
  await gateway.stop()
})

test('a reconnect is tested by killing the node', async () => {
  const gateway = await createTestGateway({
    config: { routes: { orders: { topic: 'orders.in', match: [{ path: '/' }] } } },
  })
  const backOff = { firstMs: 1, longestMs: 10 }
  const client = createClient({ url: () => gateway.url, token: () => gateway.token('alice'), backOff })
  const { session } = await client.connect()
  const messages = client.messages()

  await gateway.kill()
  await gateway.backend().sendTo(`session:${session}`, { while: 'away' })

  const { value } = await messages.next()
  assert.deepEqual(value?.payload, { while: 'away' })
  assert.equal(client.session, session)
  await client.close()
  await gateway.stop()
})
