// The client and a whole gateway: acks that are offsets, replies, channels, both codecs, and a node that dies.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedError } from '../../client/errors.ts'
import { createClient } from '../../client/index.ts'
import { onEnd } from '../support/cleanup.ts'
import { startEcho } from '../support/echo.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const channels = { 'room:{room}': { subscribe: true, publish: true, members: true } }

for (const codec of ['json', 'proto'] as const) {
  test(`a client publishes, asks, listens and sees who is there, over ${codec}`, async (t) => {
    const cluster = await testCluster(t, { overrides: { channels } })
    const node = await startNode(t, cluster)
    await startEcho(t, cluster)
    const client = createClient({
      url: `ws://127.0.0.1:${node.port}/`,
      token: () => tokenFor('alice'),
      codec,
    })
    onEnd(t, () => client.close())
    const { session, resumed } = await client.connect()
    assert.deepEqual([client.state, client.session, resumed], ['open', session, false])

    const place = await client.publish('echo', { text: 'hi' }, { headers: { 'x-a': '1' }, type: 'note' })
    assert.equal(place.topic, cluster.echo)
    assert.match(place.offset, /^\d+$/)
    const bytes = new Uint8Array([0, 255, 7])
    const { payload } = await client.request('echo', bytes, { timeoutMs: 20_000 })
    assert.deepEqual(new Uint8Array(payload as Uint8Array), bytes)
    const { payload: text } = await client.request('echo', 'grüß', { contentType: 'text/plain' })
    assert.equal(text, 'grüß')
    await assert.rejects(client.publish('nowhere', 1), (error: RefusedError) => {
      return error instanceof RefusedError && error.code === 'unknown-route'
    })

    const room = client.subscribe('room:1', { members: true })
    const joined: string[] = []
    room.on('joined', ({ user }) => joined.push(user))
    assert.equal((await room.ready).recovered, true)
    await client.publish({ channel: 'room:1' }, { n: 1 })
    await client.publish({ channel: 'room:1' }, { n: 2 })
    const heard: unknown[] = []
    for await (const message of room) {
      heard.push([message.sender, message.payload, message.channel])
      if (heard.length === 2) break
    }
    assert.deepEqual(heard, [
      ['alice', { n: 1 }, 'room:1'],
      ['alice', { n: 2 }, 'room:1'],
    ])
    await waitFor(() => joined.includes('alice'))
    const again = client.subscribe('room:1')
    await again.ready
    const { members, count } = await client.presence('room:1')
    assert.deepEqual([members.map(({ user }) => user), count], [['alice'], 1])

    const told: unknown[] = []
    client.onMessage((message) => told.push(message.payload))
    await cluster.kafka.send(cluster.topics.dispatch, [
      { value: '{"hi":1}', headers: { ce_to: 'user:alice' } },
    ])
    await waitFor(() => told.length === 1)
    assert.deepEqual(told, [{ hi: 1 }])
  })
}
