// What is held while a connection is checked is bounded, messages of nothing included.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeConnection } from '../fake-connection.ts'

const text = (value: string): Buffer => Buffer.from(value)

test('too much sent while held closes with 1013, also where it is messages of nothing', () => {
  for (const sent of [
    ['12345', '67890', '!'],
    ['', '', ''],
  ]) {
    const { connection, socket, messages } = fakeConnection({ held: 2 * 16 + 10 })
    connection.hold()
    for (const message of sent) connection.receive(text(message), false)
    connection.release()
    assert.deepEqual([socket.closed?.code, messages], [1013, []])
  }
})

test('what is released makes room for more', () => {
  const { connection, socket } = fakeConnection({ held: 2 * 16 + 10 })
  for (let round = 0; round < 5; round++) {
    connection.hold()
    connection.receive(text('1234567890'), false)
    connection.release()
  }
  assert.deepEqual([socket.closed], [undefined])
})
