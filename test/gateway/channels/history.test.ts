// What a client is shown of what it missed, over a topic in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { memoryWorld, subscribe, TestClient } from './world.ts'

test('a client that comes back since its position gets exactly what it missed, then what comes', async (t) => {
  const { channels, publish } = await memoryWorld(t)
  const first = new TestClient()
  channels.subscribe(first, subscribe('a'))
  await waitFor(() => first.seen.length === 1)
  await publish('a', [1, 2, 3])
  await publish('b', [9])
  await waitFor(() => first.payloads.length === 3)
  for (const [n, frame] of first.seen.entries()) {
    const back = new TestClient()
    channels.subscribe(back, subscribe('a', { since: String(frame['position']) }))
    await waitFor(() => back.payloads.length === 3 - n && back.seen.length > 0)
    assert.deepEqual(back.payloads, [1, 2, 3].slice(n))
    assert.equal(back.seen[0]?.['recovered'], true)
    assert.equal(back.seen[0]?.['position'], frame['position'])
    channels.left(back)
  }
})

test('last gives the newest messages, those of before anyone here listened, too', async (t) => {
  const { channels, publish } = await memoryWorld(t)
  await publish('a', [1, 2])
  await publish('b', [8, 9])
  await publish('a', [3])
  for (const count of [1, 2, 3, 4]) {
    const client = new TestClient()
    channels.subscribe(client, subscribe('a', { last: count }))
    await waitFor(() => client.payloads.length === Math.min(3, count))
    assert.deepEqual(client.payloads, [1, 2, 3].slice(-count))
    assert.equal(client.seen[0]?.['recovered'], true)
    const again = new TestClient()
    channels.subscribe(again, subscribe('a', { since: String(client.seen[0]?.['position']) }))
    await waitFor(() => again.payloads.length === client.payloads.length)
    assert.deepEqual(again.payloads, client.payloads)
    assert.equal(again.seen[0]?.['recovered'], true)
    channels.left(client)
    channels.left(again)
  }
})
