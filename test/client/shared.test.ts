// Tabs that share a connection: one socket, each gets its own answers, and another goes on when the first one goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../support/wait.ts'
import { ack, deliver, scripted } from './scripted.ts'

test('two tabs have one connection; each gets its acks and channels, both get deliveries', async (t) => {
  const { stage, client, welcome } = await scripted(t)
  const [one, two] = [client({ shared: 'a' }), client({ shared: 'a' })]
  const got: unknown[] = []
  for (const [n, tab] of [one, two].entries()) tab.onMessage(({ payload }) => got.push([n, payload]))
  const connected = [one.connect(), two.connect()]
  const peer = await welcome()
  await Promise.all(connected)
  const published = two.publish('r', { from: 'two' })
  ack(peer, (await peer.next('publish')).fields, 5)
  assert.equal((await published).offset, '5')

  const room = two.subscribe('room:1')
  const { fields } = await peer.next('subscribe')
  peer.tell('subscribed', { id: fields['id'], channel: 'room:1', position: 'c0', recovered: true })
  await room.ready
  deliver(peer, 'c1', 'in the room', { channel: 'room:1' })
  deliver(peer, 'p1', 'to the session')
  for await (const { payload } of room) {
    assert.equal(payload, 'in the room')
    break
  }
  await waitFor(() => got.length === 2)
  assert.deepEqual(
    got.toSorted((a, b) => String(a).localeCompare(String(b))),
    [
      [0, 'to the session'],
      [1, 'to the session'],
    ],
  )
  assert.equal(stage.peers.length, 1)
})

test('a channel that two tabs are on is left when the second one leaves it', async (t) => {
  const { client, welcome } = await scripted(t)
  const [one, two] = [client({ shared: 'b' }), client({ shared: 'b' })]
  const connected = [one.connect(), two.connect()]
  const peer = await welcome()
  await Promise.all(connected)
  const rooms = [one, two].map((tab) => tab.subscribe('room:1'))
  for (const _ of rooms) {
    const { fields } = await peer.next('subscribe')
    peer.tell('subscribed', { id: fields['id'], channel: 'room:1', position: 'c0', recovered: true })
  }
  await Promise.all(rooms.map(({ ready }) => ready))
  rooms[0]?.close()
  await waitFor(() => one.waiting === 0)
  assert.equal(peer.said.filter(({ kind }) => kind === 'unsubscribe').length, 0)
  rooms[1]?.close()
  assert.equal((await peer.next('unsubscribe')).fields['channel'], 'room:1')
})

test('when the tab with the connection goes, another one resumes, and sends again what has no answer', async (t) => {
  const { client, welcome } = await scripted(t)
  const [one, two] = [client({ shared: 'c' }), client({ shared: 'c' })]
  const first = one.connect()
  const peer = await welcome()
  await first
  await two.connect()
  const published = two.publish('r', 1)
  const { fields } = await peer.next('publish')
  await one.close()
  assert.notEqual((await peer.ended()).code, 1000)
  const back = await welcome({ resumed: true })
  const { token, attempt } = back.hello['resume'] as { token: string; attempt: number }
  assert.equal(token, 'resume-1')
  assert.ok(attempt > 1)
  const again = await back.next('publish')
  assert.equal(again.fields['id'], fields['id'])
  ack(back, again.fields, 9)
  assert.equal((await published).offset, '9')
  await two.close()
  assert.equal((await back.ended()).code, 1000)
})

test('what the gateway says to stop for stops all tabs, with its reason', async (t) => {
  const { client, welcome } = await scripted(t)
  const [one, two] = [client({ shared: 'd' }), client({ shared: 'd' })]
  const connected = [one.connect(), two.connect()]
  const peer = await welcome()
  await Promise.all(connected)
  const reasons: unknown[] = []
  for (const tab of [one, two])
    tab.on('state', ({ state, error }) => {
      if (state === 'closed') reasons.push([error?.code, error?.closeCode])
    })
  peer.ws.close(4403, 'no')
  await waitFor(() => reasons.length === 2)
  assert.deepEqual(reasons, [
    ['forbidden', 4403],
    ['forbidden', 4403],
  ])
})
