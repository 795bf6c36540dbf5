// Channels through whole gateways: what anybody publishes reaches everyone who listens, on every node, in one order.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { TestClient } from '../support/client.ts'
import { welcomed } from '../support/client.ts'
import { type Cluster, startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const channels = {
  'room:{room}': { subscribe: true, publish: 'room in principal.claims.rooms' },
  'news:{topic}': { subscribe: true },
}

const member = (user: string) => tokenFor(user, { claims: { rooms: ['blue', 'a,b%'], tenant: 'acme' } })

async function subscribed(client: TestClient, ...names: string[]): Promise<void> {
  for (const channel of names) {
    client.send({ subscribe: { id: channel.replace(/[^a-z]/g, '-'), channel } })
    const answer = await client.next('subscribed', (frame) => frame['channel'] === channel)
    assert.deepEqual([answer['id'], answer['recovered']], [channel.replace(/[^a-z]/g, '-'), true])
  }
}

/** What any producer sends, with any partitioner and key. */
const say = (cluster: Cluster, to: string, value: string, headers: Record<string, string> = {}) =>
  cluster.kafka.send(`${cluster.name}.channels`, [
    { key: 'whatever', value, headers: { ce_to: to, ce_tenant: 'acme', ...headers } },
  ])

const onChannel = (channel: string) => (frame: { [field: string]: unknown }) => frame['channel'] === channel

async function world(t: TestContext) {
  const cluster = await testCluster(t)
  const feeds = `${cluster.name}.feeds`
  await cluster.kafka.createTopics([{ topic: feeds }])
  const settings = {
    channels: { ...channels, 'feed:{name}': { subscribe: true, publish: true, topic: feeds } },
  }
  const [a, b] = [await startNode(t, cluster, settings), await startNode(t, cluster, settings)]
  return { cluster, feeds, a, b }
}

test('what is published on a channel reaches those who listen, whoever publishes and wherever they are', async (t) => {
  const { cluster, feeds, a, b } = await world(t)
  const alice = await welcomed(t, a.port, await member('alice'))
  const bob = await welcomed(t, b.port, await member('bob'))
  const all = [alice, bob]
  for (const client of all) await subscribed(client, 'room:blue', 'news:all')

  await t.test('a client publishes, is acked with the place, and everybody sees who it was', async () => {
    const payload = '{"n":9007199254740993}'
    alice.ws.send(
      `{"publish":{"id":"p1","channel":"room:blue","type":"msg","headers":{"x-app":"t"},"payload":${payload}}}`,
    )
    const ack = await alice.next('ack')
    assert.deepEqual([ack['id'], ack['topic'], ack['partition']], ['p1', `${cluster.name}.channels`, 0])
    for (const client of all) {
      const message = await client.next('message', onChannel('room:blue'))
      assert.ok(client.texts.some((text) => text.includes('"message"') && text.includes(payload)))
      assert.deepEqual(
        [message['sender'], message['type'], message['headers'], message['contentType']],
        ['alice', 'msg', { 'x-app': 't' }, 'application/json'],
      )
      assert.equal(typeof message['position'], 'string')
    }
  })

  await t.test('the record is one that any backend can read', async () => {
    const records = await cluster.kafka.read(`${cluster.name}.channels`)
    const { headers, key, partition } = await waitFor(() => records.find(({ text }) => text.includes('9007')))
    const { ce_time, ...rest } = headers
    assert.ok(Math.abs(Date.parse(String(ce_time)) - Date.now()) < 60_000)
    assert.deepEqual([key, partition], ['room:blue', 0])
    assert.deepEqual(rest, {
      ce_specversion: '1.0',
      ce_source: `/openclaw/${cluster.name}`,
      ce_id: `${String(alice.welcome['session'])}/p1`,
      ce_type: 'openclaw.channel.msg',
      ce_to: 'channel:room:blue',
      ce_subject: 'alice',
      ce_tenant: 'acme',
      ce_session: alice.welcome['session'],
      'content-type': 'application/json',
      'x-app': 't',
    })
  })

  await t.test('a producer of any kind publishes with ce_to, to several channels at once too', async () => {
    await say(cluster, 'channel:news:all, channel:room:blue', '"both"', { ce_type: 'note' })
    for (const client of all)
      for (const channel of ['news:all', 'room:blue']) {
        const message = await client.next('message', onChannel(channel))
        assert.deepEqual([message['payload'], message['type']], ['both', 'note'])
      }
  })

  await t.test('through dispatch, also to a channel with a topic of its own', async () => {
    for (const client of all) await subscribed(client, 'feed:x')
    const to = (ce_to: string, value: string) => ({ value, headers: { ce_to, ce_tenant: 'acme' } })
    await cluster.kafka.send(cluster.topics.dispatch, [
      to('channel:room:blue', '1'),
      to('channel:feed:x', '2'),
    ])
    for (const client of all) {
      assert.equal((await client.next('message', onChannel('room:blue')))['payload'], 1)
      assert.equal((await client.next('message', onChannel('feed:x')))['payload'], 2)
    }
    bob.send({ publish: { id: 'f', channel: 'feed:x', payload: 3 } })
    assert.equal((await bob.next('ack'))['topic'], feeds)
    for (const client of all) {
      const { payload, type } = await client.next('message', onChannel('feed:x'))
      assert.deepEqual([payload, type], [3, undefined])
    }
  })

  await t.test('all see one order, whoever publishes where', async () => {
    const many = Array.from({ length: 100 }, (_, n) => n)
    for (const n of many) {
      alice.send({ publish: { channel: 'room:blue', payload: `a${n}` } })
      bob.send({ publish: { channel: 'room:blue', payload: `b${n}` } })
    }
    const of = (client: TestClient) => client.frames.filter(({ kind }) => kind === 'message')
    await waitFor(() => all.every((client) => of(client).length === 200), { timeoutMs: 20_000 })
    const seen = all.map((client) => of(client).map(({ payload }) => String(payload)))
    assert.deepEqual(seen[0], seen[1])
    for (const by of ['a', 'b'])
      assert.deepEqual(
        seen[0]?.filter((each) => each.startsWith(by)),
        many.map((n) => `${by}${n}`),
      )
    const positions = of(alice).map(({ position }) => position)
    assert.equal(new Set(positions).size, 200)
    for (const client of all) client.frames.length = 0
  })

  await t.test('a name with a comma is one channel', async () => {
    for (const client of all) await subscribed(client, 'room:a,b%')
    alice.send({ publish: { id: 'c', channel: 'room:a,b%', payload: 'comma' } })
    for (const client of all)
      assert.equal((await client.next('message', onChannel('room:a,b%')))['payload'], 'comma')
  })

  await t.test('who left hears nothing more, the others do', async () => {
    alice.send({ unsubscribe: { id: 'u', channel: 'room:blue' } })
    assert.deepEqual(await alice.next('unsubscribed'), {
      kind: 'unsubscribed',
      id: 'u',
      channel: 'room:blue',
    })
    await say(cluster, 'channel:room:blue', '"after"')
    await say(cluster, 'channel:news:all', '"end"')
    assert.equal((await bob.next('message', onChannel('room:blue')))['payload'], 'after')
    assert.equal((await alice.next('message', onChannel('news:all')))['payload'], 'end')
    assert.equal(alice.frames.some(onChannel('room:blue')), false)
  })
})
