// The resuming client against a scripted gateway: what it says, when it comes back, and what it keeps.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { scripted } from './scripted-gateway.ts'
import { waitFor } from './wait.ts'

const publish = (sequence: number) =>
  ({
    id: `m${sequence}`,
    kind: 'publish',
    route: 'echo',
    sequence,
    payload: { uuid: `u${sequence}` },
  }) as const
const message = (uuid: string, position: string) => ({ position, payload: { uuid } })

test('it resumes with its token, a growing attempt and the latest position, whichever frame that stood in', async (t) => {
  const { client, peer, welcome } = await scripted(t, { confirms: { every: 100, afterMs: 10_000 } })
  const first = await peer(1)
  assert.deepEqual(first.said[0]?.fields, {
    token: 'token',
    client: { name: 'resuming-test-client', instance: 'here' },
    confirms: true,
  })
  welcome(first)
  first.say('message', message('a', 'p1'))
  first.say('heartbeat', { position: 'p2' })
  await waitFor(() => client.session.position === 'p2')
  first.ws.terminate()
  const second = await peer(2)
  assert.deepEqual(second.said[0]?.fields['resume'], { token: 'token of s', attempt: 1, position: 'p2' })
  second.ws.terminate()
  const third = await peer(3)
  assert.deepEqual(third.said[0]?.fields['resume'], { token: 'token of s', attempt: 2, position: 'p2' })
  welcome(third, 's', { resumed: true, position: 'p3' })
  await waitFor(() => client.welcomed)
  assert.deepEqual(client.record.gaps, [])
})

test('a session that is not recovered and a new one are told as gaps', async (t) => {
  const { client, peer, welcome } = await scripted(t)
  welcome(await peer(1))
  await waitFor(() => client.welcomed)
  client.socket.drop()
  welcome(await peer(2), 's', { resumed: true, recovered: false })
  await waitFor(() => client.record.gaps.length === 1)
  client.socket.drop()
  welcome(await peer(3), 'other', { recovered: false })
  await waitFor(() => client.record.gaps.length === 2)
  assert.deepEqual(
    client.record.gaps.map(({ before, session }) => [before, session]),
    [
      ['s', 's'],
      ['s', 'other'],
    ],
  )
})

test('what was not acked is sent again in order, with the same id, on the next connection', async (t) => {
  const { client, peer, welcome } = await scripted(t)
  for (const sequence of [1, 2, 3]) client.send(publish(sequence))
  const first = await peer(1)
  welcome(first)
  await peer(1, 4)
  first.say('ack', { id: 'm2', topic: 't', partition: 1, offset: '7' })
  await waitFor(() => client.waiting === 2)
  first.ws.terminate()
  const second = await peer(2)
  assert.equal(second.said.length, 1, 'nothing is sent before welcome')
  welcome(second, 's', { resumed: true })
  await peer(2, 3)
  assert.deepEqual(
    second.said.slice(1).map(({ fields }) => [fields['id'], fields['sequence'], fields['headers']]),
    [
      ['m1', '1', { 'x-send': '2.1' }],
      ['m3', '3', { 'x-send': '2.2' }],
    ],
  )
  assert.deepEqual(client.record.acks.get('m2'), { topic: 't', partition: 1, offset: '7' })
})

test('a client that pipelines sends what waits right behind its hello', async (t) => {
  const { client, peer } = await scripted(t, { pipelines: true })
  client.send(publish(1))
  const { said } = await peer(1, 2)
  assert.deepEqual(
    said.map(({ kind }) => kind),
    ['hello', 'publish'],
  )
})

test('a retryable refusal is sent again, a final one is not', async (t) => {
  const { client, peer, welcome } = await scripted(t)
  const first = await peer(1)
  welcome(first)
  for (const sequence of [1, 2]) client.send(publish(sequence))
  await peer(1, 3)
  first.say('refusal', { id: 'm1', code: 'outcome-unknown', retryable: true, retryAfterMs: 5 })
  first.say('refusal', { id: 'm2', code: 'invalid-payload', retryable: false })
  const { said } = await peer(1, 4)
  assert.equal(said[3]?.fields['id'], 'm1')
  assert.equal(client.waiting, 1)
})

test('repeats are known by the uuid in the payload', async (t) => {
  const { client, peer, welcome } = await scripted(t)
  const first = await peer(1)
  welcome(first)
  for (const uuid of ['a', 'b', 'a']) first.say('message', message(uuid, 'p'))
  await waitFor(() => client.record.repeats === 1)
  assert.deepEqual(
    client.record.received.map(({ uuid }) => uuid),
    ['a', 'b'],
  )
})

test('it confirms after so many deliveries, and after a while also a heartbeat', async (t) => {
  const { peer, welcome } = await scripted(t, { confirms: { every: 2, afterMs: 30 } })
  const first = await peer(1)
  welcome(first)
  for (const n of [1, 2]) first.say('message', message(`u${n}`, `p${n}`))
  const { said } = await peer(1, 2)
  assert.deepEqual(said[1], { kind: 'confirm', fields: { position: 'p2' } })
  first.say('heartbeat', { position: 'p3' })
  await peer(1, 3)
  assert.deepEqual(said[2], { kind: 'confirm', fields: { position: 'p3' } })
})

test('it comes back after 45xx and 10xx, and stays away after 44xx and 1000', async (t) => {
  const { client, peer, welcome } = await scripted(t)
  for (const [number, code] of [4510, 1013, 4599].entries()) {
    const found = await peer(number + 1)
    welcome(found)
    found.ws.close(code)
  }
  ;(await peer(4)).ws.close(4409)
  await waitFor(() => client.ended === 4409)
  client.start()
  ;(await peer(5)).ws.close(1000)
  await waitFor(() => client.ended === 1000)
})

test('goaway makes it leave without ending the session, and come back', async (t) => {
  const { peer, welcome } = await scripted(t)
  const first = await peer(1)
  welcome(first)
  const closed = once(first.ws, 'close')
  first.say('goaway', { reason: 'draining', reconnectAfterMs: 10 })
  assert.equal((await closed)[0], 1001)
  assert.ok((await peer(2)).said[0]?.fields['resume'])
})

test('silence for twice the heartbeat makes it come back; not while it does not read', async (t) => {
  const { client, peers, peer, welcome } = await scripted(t)
  welcome(await peer(1), 's', { heartbeatMs: 25 })
  const second = await peer(2)
  welcome(second, 's', { heartbeatMs: 25, resumed: true })
  await waitFor(() => client.welcomed)
  client.socket.stall()
  second.say('message', message('late', 'p9'))
  const stalledAt = performance.now()
  await waitFor(() => performance.now() - stalledAt > 120)
  assert.deepEqual([peers.length, client.record.received.length], [2, 0])
  client.socket.unstall()
  await waitFor(() => client.record.received.length === 1)
})

test('one that vanished stays away until it is started again', async (t) => {
  const { client, peers, peer, welcome } = await scripted(t)
  welcome(await peer(1))
  await waitFor(() => client.welcomed)
  client.socket.vanish()
  await waitFor(() => peers[0]?.ws.readyState === WebSocket.CLOSED)
  client.send(publish(1))
  client.start()
  welcome(await peer(2), 's', { resumed: true })
  assert.equal((await peer(2, 2)).said[1]?.fields['id'], 'm1')
})
