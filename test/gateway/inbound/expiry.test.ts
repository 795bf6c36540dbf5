// A credential's end on a live connection: told in time, waited for a little, and then closed.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { watchExpiry } from '../../../gateway/inbound/expiry.ts'
import { fakeConnection } from '../fake-connection.ts'
import { fakeSession } from '../fakes.ts'

const times = { notice: 60_000, grace: 5_000 }

function world(t: TestContext, options: Parameters<typeof fakeConnection>[0] = { session: fakeSession() }) {
  t.mock.timers.enable({ apis: ['Date'], now: 0 })
  let now = 0
  const wheel = new TimerWheel(100, 100, () => now)
  t.after(() => wheel.stop())
  const opened = fakeConnection(options)
  return {
    ...opened,
    watch: (expiresAt: number) => watchExpiry(opened.connection, expiresAt, wheel, times),
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 100) {
        now += 100
        t.mock.timers.tick(100)
        wheel.turn()
      }
    },
  }
}

test('it is told the notice before, and closed the grace after', (t) => {
  const { socket, watch, pass } = world(t)
  watch(600_000)
  pass(539_900)
  assert.deepEqual(socket.frames, [])
  pass(300)
  assert.deepEqual(socket.frames, [{ kind: 'expiring', expiresAt: new Date(600_000).toISOString() }])
  pass(64_600)
  assert.deepEqual([socket.closed], [undefined])
  pass(400)
  assert.equal(socket.closed?.code, 4401)
  assert.equal(socket.frames.length, 1)
})

test('of a short life half is left when it is told', (t) => {
  const { socket, watch, pass } = world(t)
  watch(10_000)
  pass(4_900)
  assert.deepEqual(socket.frames, [])
  pass(300)
  assert.equal(socket.frames.length, 1)
})

test('watched no more it is neither told nor closed', (t) => {
  const { socket, watch, pass } = world(t)
  const stop = watch(10_000)
  pass(5_200)
  stop()
  pass(60_000)
  assert.deepEqual([socket.frames.length, socket.closed], [1, undefined])
})

test('who has no session yet, or no frame to show a fresh one in, is closed at the end itself', (t) => {
  const { socket, watch, pass } = world(t, {})
  watch(10_000)
  pass(9_900)
  assert.deepEqual([socket.closed], [undefined])
  pass(200)
  assert.deepEqual([socket.closed?.code, socket.frames], [4401, []])
})

test('a raw connection has no grace, and is told nothing', (t) => {
  const { socket, watch, pass } = world(t, { session: fakeSession(), dialect: rawDialect('text/plain') })
  watch(10_000)
  pass(10_200)
  assert.deepEqual([socket.closed?.code, socket.sent], [4401, []])
})

test('one that is over already is closed at once', (t) => {
  const { socket, watch } = world(t, {})
  watch(0)
  assert.equal(socket.closed?.code, 4401)
})

test('a life of many hours is waited for in pieces', (t) => {
  const { socket, watch, pass } = world(t)
  watch(3 * 3_600_000)
  pass(3 * 3_600_000 - 60_100)
  assert.deepEqual(socket.frames, [])
  pass(300)
  assert.equal(socket.frames.length, 1)
})
