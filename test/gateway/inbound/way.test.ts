// Where frames go: by a route, or to a channel where its rule allows it, and then as any other publish.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuse } from '../../../gateway/errors.ts'
import { stored } from '../fakes.ts'
import { payload, publish, publishWorld, request } from './publish-world.ts'

const room = { kind: 'publish', id: 'm', channel: 'room:1', payload } as const
const channels = {
  destinationOf: (_client: unknown, channel: string) =>
    channel.startsWith('room:') ? { topic: 'rooms' } : refuse('forbidden', 'no'),
}

test('a message on a channel goes to its topic, and is acked as by any route', (t) => {
  const { send, publisher, socket } = publishWorld(t, { channels })
  send(room)
  send(room)
  assert.equal(socket.sent.length, 0)
  publisher.settle({ ok: true, topic: 'rooms', partition: 0, offset: 7 })
  send(room)
  const ack = { kind: 'ack', id: 'm', topic: 'rooms', partition: 0, offset: '7' }
  assert.deepEqual(socket.frames, [ack, ack])
  assert.deepEqual(
    publisher.records.map(({ topic, key, headers }) => [topic, key, headers['ce_to']]),
    [['rooms', 'room:1', 'channel:room:1']],
  )
})

test('the rule of the channel decides, not that of a route that would fit', (t) => {
  const { send, told, publisher } = publishWorld(t, { channels })
  send({ ...room, channel: 'secret' })
  assert.deepEqual([told(), publisher.records], [['refusal m forbidden'], []])
})

test('a credential that is over publishes on no channel', (t) => {
  const principal = { user: 'alice', tenant: '', claims: {}, expiresAt: 1 }
  const { send, told } = publishWorld(t, { channels, session: { principal } })
  send(room)
  assert.deepEqual(told(), ['refusal m token-expired'])
})

test('a rule of a route sees the principal and the type of the frame', (t) => {
  const principal = { user: 'alice', tenant: '', claims: { roles: ['member'] } }
  const { send, told, publisher } = publishWorld(t, { session: { principal } })
  publisher.outcome = () => stored(1)
  send(publish({ id: '1', route: 'members' }))
  send(publish({ id: '2', route: 'members', type: 'admin' }))
  send(request({ id: '3', route: 'members' }))
  assert.deepEqual(told(), ['refusal 2 forbidden'])
  assert.equal(publisher.records.length, 2)
})
