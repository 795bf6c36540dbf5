// Only those who publish while the queue is full are paused, until it has emptied.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPressure } from '../../../gateway/inbound/pressure.ts'
import { fakeConnection } from '../fake-connection.ts'
import { FakePublisher } from '../fakes.ts'

test('a connection that publishes under pressure is paused until that is over', () => {
  const publisher = new FakePublisher()
  const pressure = createPressure(publisher)
  const [busy, quiet] = [fakeConnection(), fakeConnection()]
  pressure.feel(busy.connection)
  assert.equal(busy.socket.paused, false)
  publisher.press(true)
  pressure.feel(busy.connection)
  assert.deepEqual([busy.socket.paused, quiet.socket.paused], [true, false])
  publisher.press(false)
  assert.equal(busy.socket.paused, false)
})

test('one that is paused for another reason, too, stays so', () => {
  const publisher = new FakePublisher()
  const pressure = createPressure(publisher)
  const { connection, socket } = fakeConnection()
  publisher.press(true)
  pressure.feel(connection)
  connection.pause('inflight')
  publisher.press(false)
  assert.equal(socket.paused, true)
  connection.unpause('inflight')
  assert.equal(socket.paused, false)
})

test('one that has ended meanwhile is left alone', () => {
  const publisher = new FakePublisher()
  const pressure = createPressure(publisher)
  const { connection, socket } = fakeConnection()
  publisher.press(true)
  pressure.feel(connection)
  connection.ended(1006)
  publisher.press(false)
  assert.equal(socket.paused, true)
  pressure.stop()
})
