// Feeds: topics of others as messages of channels and as deliveries, with the feed's target, tenant and type.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import type { Feed } from '../../../gateway/channels/feed-record.ts'
import { compileTemplate, type FeedTemplate } from '../../../gateway/channels/feed-template.ts'
import { createChannelFeeds, createFeedDispatch, sharedFeeds } from '../../../gateway/channels/feeds.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import type { Publisher } from '../../../gateway/inbound/ports.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { channelsOver, patternOf, ruleFor, TestClient } from './world.ts'

const template = (text: string): FeedTemplate | 'header' => {
  const compiled = text === 'header' ? text : compileTemplate(text)
  if (typeof compiled === 'string' && compiled !== 'header') throw new Error(compiled)
  return compiled as FeedTemplate | 'header'
}

const feedOf = (to: string, more: Partial<Feed> = {}): Feed => ({
  name: 'prices',
  topic: 'prices',
  to: template(to),
  framing: 'none',
  targets: ['session', 'user', 'channel', 'everyone'],
  ...more,
})

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

const incoming = (
  key: string | null,
  value: string,
  headers: Record<string, string> = {},
): IncomingRecord => ({
  topic: 'prices',
  partition: 1,
  offset: 7,
  timestamp: 1,
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
})

/** What a shared feed hands to dispatch, and what it puts aside. */
async function handled(feed: Feed, records: readonly IncomingRecord[]) {
  const dispatched: Record<string, string>[] = []
  const quarantined: string[] = []
  await createFeedDispatch(feed, {
    dispatch: async (given) => {
      for (const { headers, value } of given)
        dispatched.push({
          ...Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
          value: String(value),
        })
    },
    quarantine: async (_, { message }) => void quarantined.push(message),
    read: { maxTargets: 10, secrets: ['a secret of this test'] },
  })(records)
  return { dispatched, quarantined }
}

test('a shared feed says whom its records are for, whatever they say, and puts aside what does not fit', async () => {
  const feed = feedOf('user:{value.user}', { tenant: 'acme', type: 'order', contentType: 'application/json' })
  assert.deepEqual(sharedFeeds([feed, feedOf('channel:{key}'), feedOf('header')]).length, 2)
  const said = {
    ce_to: 'everyone',
    ce_tenant: 'other',
    ce_gateway: 'x',
    ce_command: 'close',
    ce_session: 's',
  }
  const { dispatched, quarantined } = await handled(feed, [
    incoming('k', '{"user":"bob"}', {
      ...said,
      ce_type: 'theirs',
      ce_id: '7',
      'x-a': 'b',
      'content-type': 'text/plain',
    }),
    incoming('k', '{"customer":"bob"}'),
  ])
  assert.deepEqual(dispatched, [
    {
      ce_to: 'user:bob',
      ce_tenant: 'acme',
      ce_type: 'order',
      ce_id: '7',
      'x-a': 'b',
      'content-type': 'application/json',
      ce_conflationkey: 'k',
      value: '{"user":"bob"}',
    },
  ])
  assert.deepEqual(quarantined, ['a part of its target is missing'])
})

test('a feed of records that address themselves lets them, within its tenant and its kinds of targets', async () => {
  const feed = feedOf('header', { tenant: 'acme', targets: ['user', 'session'] })
  const { dispatched, quarantined } = await handled(feed, [
    incoming(null, 'a', { ce_to: 'user:bob', ce_tenant: 'other', ce_receipt: 'written' }),
    incoming('user:carol', 'b'),
    incoming(null, 'c', { ce_to: 'user:bob,everyone' }),
    incoming(null, 'd'),
  ])
  assert.deepEqual(dispatched, [
    { ce_to: 'user:bob', ce_tenant: 'acme', ce_receipt: 'written', value: 'a' },
    { ce_tenant: 'acme', value: 'b' },
  ])
  assert.deepEqual(quarantined, [
    'this feed is not for everyone targets',
    'the record says neither ce_to nor ce_session',
  ])
})
