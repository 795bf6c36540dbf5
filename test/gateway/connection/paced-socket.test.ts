// A socket that is written to no faster than it may be.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { PacedSocket } from '../../../gateway/connection/paced-socket.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { createSharedTraffic } from '../../../gateway/limits/shared-traffic.ts'
import { ConnectionTraffic } from '../../../gateway/limits/traffic.ts'
import { FakeSocket } from '../fake-connection.ts'

function paced(t: TestContext, count: number, windowMs = 1_000) {
  let now = 0
  const wheel = new TimerWheel(10, 600, () => now)
  t.after(() => wheel.stop())
  const rates = { node: {}, principal: {}, routes: new Map(), tenant: () => undefined }
  const shared = createSharedTraffic(
    rates,
    () => now,
    () => undefined,
  )
  const traffic = new ConnectionTraffic({ bytesOut: { count, windowMs } }, shared)
  const inner = new FakeSocket()
  const socket = new PacedSocket(inner, traffic, wheel)
  const write = (bytes: number) => socket.send({ bytes: Buffer.alloc(bytes, 'x'), binary: false })
  const pass = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 10
      wheel.turn()
    }
  }
  return { inner, socket, write, pass }
}

test('what is within the rate goes out at once; what is over waits for as long as it is over', (t) => {
  const { inner, write, pass } = paced(t, 100)
  write(100)
  assert.equal(inner.withheld, false)
  write(20)
  assert.deepEqual([inner.withheld, inner.sent.length], [true, 2])
  pass(190)
  assert.equal(inner.withheld, true)
  pass(30)
  assert.equal(inner.withheld, false)
})

test('a long wait is kept', (t) => {
  const { inner, socket, pass } = paced(t, 1)
  socket.sendFramed(Buffer.alloc(100))
  pass(98_000)
  assert.equal(inner.withheld, true)
  pass(2_000)
  assert.equal(inner.withheld, false)
})

test('a close goes out with all that waits', (t) => {
  const { inner, socket, write, pass } = paced(t, 10)
  write(50)
  socket.close(1000, 'done')
  assert.deepEqual([inner.withheld, inner.closed?.code], [false, 1000])
  pass(10_000)
  assert.equal(inner.withheld, false)
})
