// Frames that are shared by many connections, on one of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeConnection } from '../fake-connection.ts'

test('frames that were made before go out as they are, and count as a write', () => {
  const { connection, socket } = fakeConnection()
  const frames = Buffer.from('some frames')
  connection.lastWrite = 0
  connection.sendFramed(frames)
  assert.ok(socket.framed[0] === frames)
  assert.ok(connection.lastWrite > 0)
  connection.close('normal', '')
  connection.sendFramed(frames)
  assert.equal(socket.framed.length, 1)
})

test('they close a socket that is too slow as well, and what waits is told', () => {
  const { connection, socket } = fakeConnection({ outbox: 30 })
  connection.sendFramed(Buffer.alloc(100))
  socket.slow = true
  connection.send({ kind: 'pong' })
  assert.equal(connection.waitingBytes, socket.bufferedBytes)
  connection.sendFramed(Buffer.alloc(10))
  assert.equal(socket.framed.length, 2)
  connection.sendFramed(Buffer.alloc(30))
  assert.deepEqual([connection.closing, socket.framed.length], ['slow-consumer', 2])
})
