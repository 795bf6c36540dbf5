// Grants: a token lets its user on one channel, for as long as it is good, and frames keep their order around it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type GrantDeps, withGrants } from '../../../gateway/channels/grants.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import type { Principal } from '../../../gateway/session/principal.ts'
import { onEnd } from '../../support/cleanup.ts'
import { waitFor } from '../../support/wait.ts'
import { memoryWorld, TestClient } from './world.ts'

const user: Principal = { tenant: 'acme', user: 'alice', claims: {} }
const inAnHour = () => Date.now() + 3_600_000

const tokens: Record<string, () => Principal> = {
  good: () => ({ ...user, claims: { channel: 'room:7' }, expiresAt: inAnHour() }),
  short: () => ({ ...user, claims: { channel: 'room:7' }, expiresAt: Date.now() + 150 }),
  other: () => ({ ...user, claims: { channel: 'room:8' }, expiresAt: inAnHour() }),
  theirs: () => ({ ...user, user: 'bob', claims: { channel: 'room:7' }, expiresAt: inAnHour() }),
  tenant: () => ({ ...user, tenant: '', claims: { channel: 'room:7' }, expiresAt: inAnHour() }),
  login: () => ({ ...user, expiresAt: inAnHour() }),
}

const checkToken: GrantDeps['checkToken'] = async (token) => {
  await new Promise((resolve) => setImmediate(resolve))
  if (token === 'away') throw new Error('the keys cannot be fetched')
  return tokens[token]?.()
}

async function world(t: TestContext, maySubscribe = () => false) {
  const memory = await memoryWorld(t, { rule: { maySubscribe } })
  const timers = new TimerWheel(5)
  onEnd(t, () => timers.stop())
  const channels = withGrants(memory.channels, { checkToken, timers, onRefused: () => undefined })
  const client = new TestClient()
  client.principal = user
  const subscribe = (id: string, token?: string, channel = 'room:7') =>
    channels.subscribe(client, { kind: 'subscribe', id, channel, ...(token === undefined ? {} : { token }) })
  const answered = async (id: string): Promise<string> => {
    await waitFor(() => client.seen.some((frame) => frame['id'] === id))
    return String(client.seen.find((frame) => frame['id'] === id)?.kind)
  }
  return { ...memory, room: memory.channels, channels, client, subscribe, answered }
}

test('a token for the channel lets its user on, though the rule does not', async (t) => {
  const { client, subscribe, answered, publish } = await world(t)
  subscribe('1')
  assert.equal(await answered('1'), 'refusal')
  subscribe('2', 'good')
  assert.equal(await answered('2'), 'subscribed')
  await publish('room:7', [1], { ce_tenant: 'acme' })
  await waitFor(() => client.payloads.length === 1)
})

test('a token of another user, tenant or channel, or of none, does not', async (t) => {
  const { client, subscribe, answered } = await world(t)
  for (const token of ['other', 'theirs', 'tenant', 'login', 'no token at all']) {
    subscribe(token.replaceAll(' ', '-'), token)
    assert.equal(await answered(token.replaceAll(' ', '-')), 'refusal')
    assert.equal(client.last?.['code'], 'forbidden')
  }
  subscribe('away', 'away')
  await answered('away')
  assert.equal(client.last?.['code'], 'internal')
  client.principal = { tenant: 'acme', claims: {} }
  subscribe('anonymous', 'good')
  assert.equal(await answered('anonymous'), 'refusal')
})

test('where the rule says yes no token is looked at', async (t) => {
  const { subscribe, answered } = await world(t, () => true)
  subscribe('1', 'away')
  assert.equal(await answered('1'), 'subscribed')
})

test('when the token ends so does the subscription, unless the rule has come to say yes or a later token came', async (t) => {
  let allowed = false
  const { client, subscribe, answered, room } = await world(t, () => allowed)
  const ended = () => client.of('unsubscribed').filter((frame) => frame['id'] === undefined).length
  subscribe('1', 'short')
  await answered('1')
  await waitFor(() => ended() === 1)
  assert.equal(room.count, 0)
  subscribe('2', 'short')
  await answered('2')
  subscribe('3', 'good')
  await answered('3')
  subscribe('4', 'short', 'room:7')
  await answered('4')
  allowed = true
  const since = performance.now()
  await waitFor(() => performance.now() - since > 400)
  assert.deepEqual([ended(), room.count], [1, 1])
})

test('frames behind a token are done behind it', async (t) => {
  const { client, channels, subscribe, answered, room } = await world(t)
  subscribe('1', 'good')
  channels.unsubscribe(client, { kind: 'unsubscribe', id: '2', channel: 'room:7' })
  subscribe('3', 'good')
  subscribe('4', 'other')
  channels.members(client, { kind: 'members', id: '5', channel: 'room:7' })
  await answered('5')
  assert.deepEqual(
    client.seen.map(({ kind, id }) => `${kind} ${String(id)}`),
    ['subscribed 1', 'unsubscribed 2', 'subscribed 3', 'refusal 4', 'refusal 5'],
  )
  assert.equal(room.count, 1)
})

test('a connection that ends while its token is checked is on no channel', async (t) => {
  const { client, channels, subscribe, room } = await world(t)
  subscribe('1', 'good')
  subscribe('2')
  client.open = false
  channels.left(client)
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual([client.seen.length, room.count], [0, 0])
})
