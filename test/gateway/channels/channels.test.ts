// Subscribing and what it leads to, over a topic in memory: answers, refusals, order, and nothing twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { memoryWorld, type Seen, subscribe, TestClient } from './world.ts'

test('who has subscribed gets what comes, each with its position, channel and sender', async (t) => {
  const { channels, publish } = await memoryWorld(t)
  const [one, other] = [new TestClient(), new TestClient()]
  await publish('room:1', [0])
  channels.subscribe(one, subscribe('room:1'))
  channels.subscribe(other, subscribe('room:2'))
  await waitFor(() => one.seen.length + other.seen.length === 2)
  await publish('room:1', [1, 2], { ce_subject: 'bob', ce_id: 'm-1', ce_type: 'chat', 'x-a': 'b' })
  await waitFor(() => one.payloads.length === 2)
  const [subscribed, first, second] = one.seen
  assert.deepEqual(subscribed, {
    kind: 'subscribed',
    id: 's',
    channel: 'room:1',
    position: subscribed?.['position'],
    recovered: true,
  })
  const { position, time, ...shown } = first as Seen
  assert.deepEqual(shown, {
    kind: 'message',
    id: 'm-1',
    channel: 'room:1',
    type: 'chat',
    sender: 'bob',
    headers: { 'x-a': 'b' },
    contentType: 'application/json',
    payload: 1,
  })
  assert.ok(time)
  assert.match(String(position), /^0\.2\.[0-9a-z]+$/)
  assert.match(String(second?.['position']), /^0\.3\.[0-9a-z]+$/)
  assert.deepEqual(other.payloads, [])
})

test('subscribing again is answered again, and unsubscribing ends it, even of nothing', async (t) => {
  const { channels, publish } = await memoryWorld(t)
  const client = new TestClient()
  channels.subscribe(client, subscribe('a', { id: '1' }))
  channels.subscribe(client, subscribe('a', { id: '2' }))
  await waitFor(() => client.seen.length === 2)
  await publish('a', [1])
  await waitFor(() => client.payloads.length === 1)
  channels.subscribe(client, subscribe('a', { id: '3' }))
  assert.deepEqual(
    client.of('subscribed').map(({ id }) => id),
    ['1', '2', '3'],
  )
  assert.equal(client.last['position'], client.of('message')[0]?.['position'])
  for (const id of ['4', '5']) {
    channels.unsubscribe(client, { kind: 'unsubscribe', id, channel: 'a' })
    assert.deepEqual(client.last, { kind: 'unsubscribed', id, channel: 'a' })
  }
  assert.equal(channels.count, 0)
  const other = new TestClient()
  channels.subscribe(other, subscribe('a'))
  await waitFor(() => other.seen.length === 1)
  await publish('a', [2])
  await waitFor(() => other.payloads.length === 1)
  assert.deepEqual(client.payloads, [1])
})

test('an unsubscribe right behind a subscribe is answered behind it', async (t) => {
  const { channels } = await memoryWorld(t)
  const client = new TestClient()
  channels.subscribe(client, subscribe('a', { id: '1', last: 5 }))
  channels.unsubscribe(client, { kind: 'unsubscribe', id: '2', channel: 'a' })
  await waitFor(() => client.seen.length === 2)
  assert.deepEqual(
    client.seen.map(({ kind }) => kind),
    ['subscribed', 'unsubscribed'],
  )
  assert.equal(channels.count, 0)
})

test('two tenants never see each other’s channel of the same name', async (t) => {
  const { channels, publish } = await memoryWorld(t)
  const [acme, none] = [new TestClient(), new TestClient()]
  acme.principal = { tenant: 'acme', user: 'alice', claims: {} }
  for (const client of [acme, none]) channels.subscribe(client, subscribe('a', { last: 10 }))
  await waitFor(() => acme.seen.length + none.seen.length === 2)
  await publish('a', ['"acme"'], { ce_tenant: 'acme' })
  await publish('a', ['"none"'])
  await publish('a', ['"acme again"'], { ce_tenant: 'acme' })
  await waitFor(() => acme.payloads.length === 2)
  assert.deepEqual(acme.payloads, ['acme', 'acme again'])
  assert.deepEqual(none.payloads, ['none'])
  const back = new TestClient()
  channels.subscribe(back, subscribe('a', { last: 10 }))
  await waitFor(() => back.payloads.length === 1)
  assert.deepEqual(back.payloads, ['none'])
})

test('a record for several channels reaches each, and who is left out does not see it', async (t) => {
  const { channels, publish } = await memoryWorld(t)
  const [one, both] = [new TestClient(), new TestClient()]
  channels.subscribe(one, subscribe('a'))
  for (const channel of ['a', 'b']) channels.subscribe(both, subscribe(channel))
  await waitFor(() => one.seen.length + both.seen.length === 3)
  await publish('a,channel:b', [1], { ce_except: `session:${one.session?.id}` })
  await publish('a', [2])
  await waitFor(() => one.payloads.length === 1 && both.payloads.length === 3)
  assert.deepEqual(one.payloads, [2])
  assert.deepEqual(both.payloads, [1, 1, 2])
  const back = new TestClient()
  back.session = one.session
  channels.subscribe(back, subscribe('a', { last: 5 }))
  await waitFor(() => back.payloads.length === 1)
  assert.deepEqual(back.payloads, [2])
})

test('all channels of a session are resumed at once, and those that are not allowed any more are said', async (t) => {
  const { channels, publish } = await memoryWorld(t, {
    rule: { maySubscribe: (_client, channel) => channel !== 'c' },
  })
  const client = new TestClient()
  for (const channel of ['a', 'b']) channels.subscribe(client, subscribe(channel))
  await waitFor(() => client.seen.length === 2)
  const positions = Object.fromEntries(client.seen.map((seen) => [seen['channel'], String(seen['position'])]))
  channels.left(client)
  await publish('a', [1])
  await publish('b', [2])
  const back = new TestClient()
  channels.resume(back, { ...positions, c: '0.0.0', d: 'nonsense' })
  await waitFor(() => back.of('subscribed').length === 3 && back.payloads.length === 2)
  assert.deepEqual(
    back.of('subscribed').map(({ id, channel, recovered }) => [id, channel, recovered]),
    [
      [undefined, 'a', true],
      [undefined, 'b', true],
      [undefined, 'd', false],
    ],
  )
  assert.equal(back.of('refusal')[0]?.['code'], 'forbidden')
})
