// Deliveries and channels: what is confirmed when, repeats, gaps, slow readers, grants, and handlers that fail.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Peer } from '../../cli/conformance/peer.ts'
import { RefusedError } from '../../client/index.ts'
import { waitFor } from '../support/wait.ts'
import { deliver, scripted } from './scripted.ts'

const subscribed = async (peer: Peer, position = 'c0', recovered = true) => {
  const { fields } = await peer.next('subscribe')
  peer.tell('subscribed', { id: fields['id'], channel: fields['channel'], position, recovered })
  return fields
}

const inRoom = { channel: 'room:1' }

test('a position is confirmed when the handlers of all before it are done', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ confirm: { every: 100, afterMs: 5 } })
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const begun: unknown[] = []
  one.onMessage(({ payload }) => {
    begun.push(payload)
    return gates[Number(payload)]?.promise
  })
  const connected = one.connect()
  const peer = await welcome()
  await connected
  deliver(peer, 'p-0', 0)
  deliver(peer, 'p-1', 1)
  peer.tell('heartbeat', { position: 'p-2' })
  await waitFor(() => begun.length === 1)
  gates[0]?.resolve()
  assert.equal((await peer.next('confirm')).fields['position'], 'p-0')
  gates[1]?.resolve()
  assert.equal((await peer.next('confirm')).fields['position'], 'p-2')
})

test('an iterator confirms what it has passed, and what it had is where a resume begins', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ confirm: { every: 1, afterMs: 5 } })
  const messages = one.messages()
  const connected = one.connect()
  const peer = await welcome()
  await connected
  for (const n of [1, 2, 3]) deliver(peer, `p-${n}`, n)
  assert.equal((await messages.next()).value?.payload, 1)
  assert.equal((await messages.next()).value?.payload, 2)
  assert.equal((await peer.next('confirm')).fields['position'], 'p-1')
  peer.ws.terminate()
  const back = await welcome({ resumed: true, position: 'p-1' })
  assert.equal((back.hello['resume'] as { position: string }).position, 'p-1')
  for (const n of [2, 3, 4]) deliver(back, `p-${n}`, n)
  assert.equal((await messages.next()).value?.payload, 3)
  assert.equal((await messages.next()).value?.payload, 4, 'what was held when it broke is not shown twice')
})

test('a handler that throws is told of, does not stop the others, and the message counts as handled', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ confirm: { every: 1, afterMs: 5 } })
  const [errors, got]: [unknown[], unknown[]] = [[], []]
  one.on('error', (error) => errors.push(error))
  one.on('error', () => {
    throw new Error('a listener that is no better')
  })
  one.onMessage(({ payload }) => {
    got.push(payload)
    if (payload === 1) throw new Error('not this one')
  })
  const connected = one.connect()
  const peer = await welcome()
  await connected
  deliver(peer, 'p-1', 1)
  deliver(peer, 'p-2', 2)
  await peer.next('confirm', ({ position }) => position === 'p-2')
  assert.deepEqual([got, errors.length], [[1, 2], 1])
})

test('a new session that is not the old one is a gap, and its messages are not taken for repeats of the old', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const [gaps, got]: [string[], unknown[]] = [[], []]
  one.on('gap', ({ session }) => gaps.push(session))
  one.onMessage(({ payload }) => got.push(payload))
  const connected = one.connect()
  const peer = await welcome()
  await connected
  deliver(peer, 'p-1', 'a', { id: undefined })
  await waitFor(() => got.length === 1)
  peer.ws.terminate()
  const other = await welcome({ session: 's-2', recovered: false })
  deliver(other, 'q-1', 'a', { id: undefined })
  await waitFor(() => got.length === 2)
  assert.deepEqual(gaps, ['s-2'])
})

test('a channel is come back to from what was handled; a gap is told to its readers', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const room = one.subscribe('room:1', { last: 5 })
  let gaps = 0
  room.on('gap', () => {
    gaps += 1
  })
  void one.connect()
  const peer = await welcome()
  assert.equal((await subscribed(peer))['last'], 5)
  for (const n of [1, 2, 3]) deliver(peer, `c${n}`, n, inRoom)
  const reader = room[Symbol.asyncIterator]()
  const next = async () => ((await reader.next()) as { value: { payload: unknown } }).value.payload
  assert.deepEqual([await next(), await next()], [1, 2])
  peer.ws.terminate()
  const back = await welcome({ resumed: true })
  const { since, last } = await subscribed(back, 'c1')
  assert.deepEqual([since, last], ['c1', undefined])
  for (const n of [2, 3, 4]) deliver(back, `c${n}`, n, inRoom)
  assert.deepEqual([await next(), await next()], [3, 4])
  assert.equal(gaps, 0)
  back.tell('subscribed', { channel: 'room:1', position: 'c9', recovered: false })
  await waitFor(() => gaps === 1)
})

test('a reader that is too slow loses the oldest, and is told how many', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ bufferLimit: 2 })
  const room = one.subscribe('room:1')
  const dropped: unknown[] = []
  room.on('dropped', ({ count, by }) => dropped.push([count, by]))
  void one.connect()
  const peer = await welcome()
  await subscribed(peer)
  for (const n of [1, 2, 3]) deliver(peer, `c${n}`, n, inRoom)
  peer.tell('dropped', { channel: 'room:1', count: 7 })
  await waitFor(() => dropped.length === 2)
  assert.deepEqual(dropped, [
    [1, 'client'],
    [7, 'gateway'],
  ])
})

test('a refused channel ends its readers; a grant that ends is renewed; a backend can end it', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const connected = one.connect()
  const peer = await welcome()
  await connected
  const forbidden = one.subscribe('secret')
  const { fields } = await peer.next('subscribe')
  peer.tell('refusal', { id: fields['id'], code: 'forbidden', message: 'no', retryable: false })
  await assert.rejects(forbidden.ready, RefusedError)
  await assert.rejects(forbidden[Symbol.asyncIterator]().next(), { code: 'forbidden' })

  let grants = 0
  const granted = one.subscribe('room:1', { token: () => `grant-${++grants}` })
  assert.equal((await subscribed(peer))['token'], 'grant-1')
  await granted.ready
  peer.tell('unsubscribed', { channel: 'room:1' })
  assert.equal((await subscribed(peer))['token'], 'grant-2')

  const plain = one.subscribe('room:2')
  await subscribed(peer)
  await plain.ready
  const ended: unknown[] = []
  plain.on('closed', ({ error }) => ended.push((error as { code: string }).code))
  peer.tell('unsubscribed', { channel: 'room:2' })
  await waitFor(() => ended.length === 1)
  assert.deepEqual(ended, ['unsubscribed'])
})

test('an abort leaves the channel, and a break out of the loop does', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const connected = one.connect()
  const peer = await welcome()
  await connected
  const controller = new AbortController()
  const room = one.subscribe('room:1', { signal: controller.signal })
  await subscribed(peer)
  await room.ready
  controller.abort()
  assert.equal((await peer.next('unsubscribe')).fields['channel'], 'room:1')
  const other = one.subscribe('room:2')
  await subscribed(peer)
  deliver(peer, 'c1', 1, { channel: 'room:2' })
  for await (const _ of other) break
  assert.equal((await peer.next('unsubscribe')).fields['channel'], 'room:2')
  const never = one.subscribe('room:3', { signal: AbortSignal.abort() })
  assert.equal((await never[Symbol.asyncIterator]().next()).done, true)
})
