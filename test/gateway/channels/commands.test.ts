// Commands of backends: a session is put on channels and taken off, whatever the rule says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doCommand } from '../../../gateway/channels/commands.ts'
import { waitFor } from '../../support/wait.ts'
import { memoryWorld, patternOf, TestClient } from './world.ts'

test('a backend puts a client on a channel and takes it off; the client is told without an id', async (t) => {
  const { channels, publish } = await memoryWorld(t, {
    rule: { maySubscribe: () => false, pattern: patternOf('room:{room}') },
  })
  const client = new TestClient()
  assert.equal(doCommand(channels, client, 'subscribe', 'room:7'), true)
  await waitFor(() => client.of('subscribed').length === 1)
  assert.equal('id' in (client.last ?? {}), false)
  await publish('room:7', [1])
  await waitFor(() => client.payloads.length === 1)
  assert.equal(doCommand(channels, client, 'unsubscribe', 'room:7'), true)
  await waitFor(() => client.of('unsubscribed').length === 1)
  assert.equal(channels.count, 0)
})

test('what is no channel is said to who asked, and not to the client', async (t) => {
  const { channels } = await memoryWorld(t, { rule: { pattern: patternOf('room:{room}') } })
  const client = new TestClient()
  assert.equal(doCommand(channels, client, 'subscribe', 'lobby'), false)
  assert.equal(doCommand(channels, client, 'unsubscribe', 'lobby'), false)
  assert.deepEqual(client.seen, [])
})
