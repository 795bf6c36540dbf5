// Feeds for channels: topics of others as messages, with the feed's target, tenant and type.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import type { Feed } from '../../../gateway/channels/feed-record.ts'
import { createChannelFeeds } from '../../../gateway/channels/feeds.ts'
import type { Publisher } from '../../../gateway/inbound/ports.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { feedOf } from './feed-fixture.ts'
import { channelsOver, patternOf, ruleFor, TestClient } from './world.ts'

async function world(t: TestContext, partitions: number, given: Partial<Feed> = {}) {
  const broker = createMemoryBroker()
  const [topic, own] = [randomName('prices'), randomName('channels')]
  const made = { replication: 1, configs: {}, purpose: 'a test' }
  await broker.topics.create([
    { name: topic, partitions, ...made },
    { name: own, partitions: 1, ...made },
  ])
  const unfit: string[] = []
  const feeds = createChannelFeeds(
    [feedOf('channel:ticker:{key}', { topic, ...given })],
    (_, { message }) => {
      unfit.push(message)
    },
  )
  const rules = [ruleFor(own, { pattern: patternOf('ticker:{symbol}'), whenSlow: 'conflate' }), ruleFor(own)]
  const all = channelsOver(t, broker.ranges, own, { rules, sources: { feeds } })
  const publisher = broker.publisher()
  const push = (key: string | null, value: string | Buffer, partition = 0, headers = {}, to = topic) =>
    publish(publisher, { topic: to, key, partition, value: Buffer.from(value), headers })
  const subscribed = async (channel: string, tenant = '', more = {}) => {
    const client = new TestClient()
    client.principal = { tenant, user: 'alice', claims: {} }
    all.channels.subscribe(client, { kind: 'subscribe', id: 's', channel, ...more })
    await waitFor(() => client.of('subscribed').length > 0)
    return client
  }
  return { ...all, broker, topic, own, unfit, push, subscribed }
}

const publish = (publisher: Publisher, record: Parameters<Publisher['publish']>[0]): Promise<void> =>
  new Promise((resolve, reject) => {
    publisher.publish(record, ({ ok }) => (ok ? resolve() : reject(new Error('not stored'))))
  })

test('a topic with several partitions is live on the channels that its records name', async (t) => {
  const { subscribed, push, own, unfit } = await world(t, 3, { type: 'price' })
  await push('ABC', '0', 2)
  const [abc, xyz, room] = [
    await subscribed('ticker:ABC'),
    await subscribed('ticker:XYZ'),
    await subscribed('room'),
  ]
  await push('ABC', '1', 2, { ce_to: 'channel:room', ce_type: 'theirs', ce_tenant: 'acme', 'x-a': 'b' })
  await push('XYZ', '2', 0)
  await push(null, '3', 1)
  await push('ABC', '4', 1)
  await push(null, '5', 0, { ce_to: 'channel:room' }, own)
  await waitFor(() => abc.payloads.length === 2 && xyz.payloads.length === 1 && room.payloads.length === 1)
  assert.deepEqual(new Set(abc.payloads), new Set([1, 4]))
  const first = abc.of('message').find(({ payload }) => payload === 1)
  assert.deepEqual(
    [first?.['type'], first?.['channel'], first?.['headers']],
    ['price', 'ticker:ABC', { 'x-a': 'b' }],
  )
  assert.deepEqual([xyz.payloads, room.payloads], [[2], [5]])
  assert.deepEqual(unfit, ['a part of its target is missing'])
})

test('of several partitions the newest are given from memory, and a position of theirs is good on this node alone', async (t) => {
  const { subscribed, push } = await world(t, 2)
  const first = await subscribed('ticker:ABC')
  for (const n of [1, 2, 3]) await push('ABC', String(n), n % 2)
  await waitFor(() => first.payloads.length === 3)
  const [, second] = first.of('message')
  const again = await subscribed('ticker:ABC', '', { since: second?.['position'] })
  await waitFor(() => again.payloads.length === 1)
  assert.equal(again.of('subscribed')[0]?.['recovered'], true)
  assert.deepEqual(again.payloads, first.payloads.slice(2))
  const newest = await subscribed('ticker:ABC', '', { last: 1 })
  await waitFor(() => newest.payloads.length === 1)
  const other = await world(t, 2)
  for (const at of [first.of('subscribed')[0], second]) {
    const elsewhere = await other.subscribed('ticker:ABC', '', { since: at?.['position'] })
    assert.equal(elsewhere.of('subscribed')[0]?.['recovered'], false)
  }
})

test('of one partition the log is the history', async (t) => {
  const { subscribed, push } = await world(t, 1)
  for (const n of [1, 2, 3]) await push('ABC', String(n))
  const client = await subscribed('ticker:ABC', '', { last: 2 })
  await waitFor(() => client.payloads.length === 2)
  assert.deepEqual(client.payloads, [2, 3])
})

test('a part that is gone before it was read is said', async (t) => {
  const { subscribed, push, broker, topic } = await world(t, 2)
  const client = await subscribed('ticker:ABC')
  await push('ABC', '1')
  await waitFor(() => client.payloads.length === 1)
  broker.recreate(topic)
  await waitFor(() => client.of('subscribed').some(({ recovered }) => recovered === false))
  await push('ABC', '2')
  await waitFor(() => client.payloads.length === 2)
})

test('a feed has one tenant, and nobody else publishes where it does', async (t) => {
  const { subscribed, push, channels } = await world(t, 2, { tenant: 'acme' })
  const [theirs, ours] = [await subscribed('ticker:ABC', 'acme'), await subscribed('ticker:ABC')]
  await push('ABC', '1')
  await waitFor(() => theirs.payloads.length === 1)
  assert.deepEqual(ours.payloads, [])
  const destination = channels.destinationOf(theirs, 'ticker:ABC')
  assert.equal('code' in destination && destination.code, 'forbidden')
  assert.ok('topic' in channels.destinationOf(ours, 'ticker:ABC'))
})

test('values of a schema registry are shown without its five bytes', async (t) => {
  const { subscribed, push, unfit } = await world(t, 1, {
    framing: 'confluent',
    contentType: 'application/json',
  })
  const client = await subscribed('ticker:ABC')
  await push('ABC', Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from('{"bid":1}')]))
  await push('ABC', '{"bid":2}')
  await push('ABC', Buffer.from([0, 0]))
  await waitFor(() => unfit.length === 2 && client.payloads.length === 1)
  assert.deepEqual(client.payloads, [{ bid: 1 }])
})
