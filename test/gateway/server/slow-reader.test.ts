// A client that does not read costs itself: closed with 4513, every write told of, nobody else slowed down.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { open } from './peer.ts'
import { startWorld } from './world.ts'

test('a client that stops reading is closed, and each of its frames is written or told of once', async (t) => {
  const { port, accepted, capacity } = await startWorld(t)
  const slow = await open(t, port)
  const [connection] = [...accepted.all()]
  assert.ok(connection)
  const other = await open(t, port)
  slow.pause()
  const told: boolean[] = []
  let sent = 0
  const bytes = Buffer.alloc(32 * 1024, 0x20)
  while (connection.open) {
    for (let n = 0; n < 50 && connection.open; n++) {
      sent++
      connection.sendEncoded({ bytes, binary: false }, (ok) => told.push(ok))
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(connection.closing, 'slow-consumer')
  other.send('{"hello":{}}')
  await once(other, 'message')
  await waitFor(() => told.length === sent && capacity.connections === 1)
  assert.ok(told.includes(true) && told.includes(false))
})

test('a client that reads late gets what was sent before it was closed', async (t) => {
  const { port, accepted } = await startWorld(t)
  const ws = await open(t, port)
  const [connection] = [...accepted.all()]
  let received = 0
  ws.on('message', () => received++)
  for (let n = 0; n < 10; n++) connection?.send({ kind: 'pong' })
  connection?.close('draining', 'é'.repeat(100))
  const { code, reason } = await ws.ended
  assert.deepEqual([code, received], [1012, 10])
  assert.equal(reason, 'é'.repeat(61))
})
