// Who is on a channel: asked for, and told as it changes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../support/wait.ts'
import { scripted } from './scripted.ts'

test('who is there: an answer, and who comes and goes', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client()
  const room = one.subscribe('room:1', { members: true })
  const changes: string[] = []
  room.on('joined', ({ user }) => changes.push(`+${user}`))
  room.on('left', ({ user }) => changes.push(`-${user}`))
  void one.connect()
  const peer = await welcome()
  const { fields } = await peer.next('subscribe')
  assert.equal(fields['members'], true)
  peer.tell('subscribed', { id: fields['id'], channel: 'room:1', position: 'c0', recovered: true })
  const asked = one.presence('room:1')
  const { id } = (await peer.next('members')).fields
  peer.tell('members', { id, members: [{ user: 'bob', sessions: 2 }], count: 1 })
  assert.deepEqual(await asked, { members: [{ user: 'bob', sessions: 2 }], count: 1 })
  peer.tell('joined', { channel: 'room:1', member: { user: 'eve', sessions: 1 } })
  peer.tell('left', { channel: 'room:1', member: { user: 'bob', sessions: 0 } })
  await waitFor(() => changes.length === 2)
  assert.deepEqual(changes, ['+eve', '-bob'])
})
