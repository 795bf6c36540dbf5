// What is refused about channels, with its code, and that nothing stays of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { memoryWorld, patternOf, ruleFor, subscribe, TestClient } from './world.ts'

test('what a rule does not allow is refused, each with its code', async (t) => {
  const topic = 'some.topic'
  const rules = [
    ruleFor(topic, {
      pattern: patternOf('room:{room}'),
      maySubscribe: (_client, _channel, { room }) => room === 'mine',
      mayPublish: (_client, channel) => channel === 'room:open',
    }),
  ]
  const { channels } = await memoryWorld(t, {
    rules,
    channels: { limits: { subscriptions: 1, channelName: 20 } },
  })
  const client = new TestClient()
  const refusedWith = (frame: Parameters<typeof channels.subscribe>[1]): unknown => {
    channels.subscribe(client, frame)
    const { code, id } = client.last
    return [code, id]
  }
  assert.deepEqual(refusedWith(subscribe('nowhere')), ['unknown-channel', 's'])
  assert.deepEqual(refusedWith(subscribe('room:yours')), ['forbidden', 's'])
  assert.deepEqual(refusedWith(subscribe('room:mine', { since: 'soon' })), ['invalid-frame', 's'])
  assert.deepEqual(refusedWith(subscribe('room:mine', { since: '0.0.0', last: 1 })), ['invalid-frame', 's'])
  assert.deepEqual(refusedWith(subscribe(`room:${'x'.repeat(20)}`)), ['invalid-frame', 's'])
  channels.members(client, { kind: 'members', id: 'm', channel: 'room:mine' })
  assert.deepEqual([client.last['code'], client.last['id']], ['forbidden', 'm'])
  assert.deepEqual(channels.destinationOf(client, 'room:open'), { topic })
  assert.equal((channels.destinationOf(client, 'room:mine') as { code: string }).code, 'forbidden')
  assert.equal((channels.destinationOf(client, 'nowhere') as { code: string }).code, 'unknown-channel')
  assert.equal(channels.count, 0)
})

test('a connection may have so many subscriptions and not one more', async (t) => {
  const { channels } = await memoryWorld(t, { channels: { limits: { subscriptions: 2, channelName: 20 } } })
  const client = new TestClient()
  for (const channel of ['a', 'b', 'c']) channels.subscribe(client, subscribe(channel))
  assert.equal(client.last['code'], 'forbidden')
  await waitFor(() => client.of('subscribed').length === 2)
  channels.unsubscribe(client, { kind: 'unsubscribe', id: 'u', channel: 'a' })
  channels.subscribe(client, subscribe('c'))
  await waitFor(() => client.of('subscribed').length === 3)
  channels.left(client)
  assert.equal(channels.count, 0)
})

test('without the topic a subscription is refused, and nothing of it stays', async (t) => {
  const { channels } = await memoryWorld(t, {
    rules: [ruleFor('missing')],
    sources: { timeoutMs: 50 },
  })
  const client = new TestClient()
  channels.subscribe(client, subscribe('a', { id: '1' }))
  channels.subscribe(client, subscribe('a', { id: '2', last: 3 }))
  await waitFor(() => client.seen.length === 2)
  assert.deepEqual(
    client.seen.map(({ code, id }) => [code, id]),
    [
      ['broker-unavailable', '1'],
      ['broker-unavailable', '2'],
    ],
  )
  assert.equal(channels.count, 0)
})
