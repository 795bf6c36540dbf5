// A quiet connection is told where the log stands, and one whose other end is gone is found out.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { watch } from '../../../gateway/connection/heartbeat.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { fakeConnection } from '../fake-connection.ts'

const every = 1_000

/** A watched connection on a clock of the test. */
function watched(t: TestContext, position: () => string | undefined = () => '0.1.2') {
  let now = 5_000_000
  t.mock.method(performance, 'now', () => now)
  const wheel = new TimerWheel(10, 1_000, () => now)
  t.after(() => wheel.stop())
  const opened = fakeConnection()
  const stop = watch(opened.connection, wheel, every, position)
  return {
    ...opened,
    stop,
    /** Lets time go by in steps; `each` is what happens in every one. */
    pass: (ms: number, each = (): void => undefined) => {
      for (let gone = 0; gone < ms; gone += 10) {
        now += 10
        each()
        wheel.turn()
      }
    },
    freeze: (ms: number) => {
      now += ms
      wheel.turn()
    },
  }
}

test('after quiet time comes a heartbeat with the position, and again', (t) => {
  const { connection, socket, pass } = watched(t)
  pass(990)
  assert.deepEqual(socket.sent, [])
  pass(40)
  assert.deepEqual(socket.frames, [{ kind: 'heartbeat', position: '0.1.2' }])
  pass(1_030, () => connection.heard())
  assert.equal(socket.sent.length, 2)
})

test('no client ever hears nothing for one and a half times that', (t) => {
  const { connection, socket, pass } = watched(t)
  let last = performance.now()
  let longest = 0
  let step = 0
  pass(30_000, () => {
    connection.heard()
    // Writes of its own now and then, in no rhythm with the watch.
    if (step++ % 137 === 0) connection.send({ kind: 'pong' })
    if (socket.sent.splice(0).length > 0) last = performance.now()
    longest = Math.max(longest, performance.now() - last)
  })
  assert.ok(longest <= every * 1.5, String(longest))
})

test('a connection with traffic of its own gets none', (t) => {
  const { connection, socket, pass } = watched(t)
  pass(5_000, () => connection.send({ kind: 'pong' }))
  assert.deepEqual([...new Set(socket.frames.map(({ kind }) => kind))], ['pong'])
})

test('before there is a position nothing is said', (t) => {
  const { socket, pass } = watched(t, () => undefined)
  pass(1_500)
  assert.deepEqual(socket.sent, [])
})

test('who is silent is pinged, and lost when no answer comes', (t) => {
  const { socket, pass } = watched(t)
  pass(1_100)
  assert.ok(socket.pings >= 1)
  assert.equal(socket.terminated, false)
  pass(2_000)
  assert.deepEqual([socket.closed?.code, socket.terminated], [4508, true])
})

test('who answers pings stays', (t) => {
  const { connection, socket, pass } = watched(t)
  let answered = 0
  pass(20_000, () => {
    if (socket.pings > answered) connection.heard()
    answered = socket.pings
  })
  assert.ok(socket.pings > 5)
  assert.equal(socket.terminated, false)
})

test('who said something just after the beginning is pinged before it is lost', (t) => {
  for (const lateness of [10, 20, 30]) {
    const { connection, socket, pass, stop } = watched(t)
    pass(lateness)
    connection.heard()
    let answered = 0
    pass(5_000, () => {
      if (socket.pings > answered) connection.heard()
      answered = socket.pings
    })
    stop()
    assert.deepEqual([lateness, socket.terminated], [lateness, false])
    t.mock.restoreAll()
  }
})

test('who is not read from is not judged by its silence', (t) => {
  const { connection, socket, pass } = watched(t)
  connection.pause('pressed')
  pass(10_000)
  assert.equal(socket.terminated, false)
  connection.unpause('pressed')
  pass(3_100)
  assert.equal(socket.terminated, true)
})

test('a freeze of this node is not held against its clients', (t) => {
  const { connection, socket, pass, freeze } = watched(t)
  freeze(60_000)
  assert.equal(socket.terminated, false)
  connection.heard()
  pass(1_500, () => connection.heard())
  assert.equal(socket.terminated, false)
})

test('once stopped nothing happens any more', (t) => {
  const { socket, stop, pass } = watched(t)
  stop()
  pass(10_000)
  assert.deepEqual([socket.sent, socket.pings, socket.terminated], [[], 0, false])
})
