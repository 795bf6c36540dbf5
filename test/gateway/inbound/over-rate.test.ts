// Messages over a rate: refused by their id, done in any case, or left in the kernel.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import type { Traffic } from '../../../gateway/connection/ports.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import { holdFor, isTakenAnyway, refuseRate } from '../../../gateway/inbound/over-rate.ts'
import { fakeConnection } from '../fake-connection.ts'
import { fakeSession, quietEvents } from '../fakes.ts'

/** So many refusals are allowed. */
function traffic(refusals: number): Traffic {
  return {
    receive: () => 0,
    route: () => 0,
    fixRoute: () => undefined,
    refuse: () => refusals-- > 0,
    control: () => true,
    paces: false,
    send: () => 0,
    identify: () => undefined,
    onEnd: () => undefined,
    end: () => undefined,
  }
}

const ping = { kind: 'ping' } as const

test('a frame is refused with its id and the time to wait, until there were too many', () => {
  const { connection, socket } = fakeConnection({ session: fakeSession() })
  connection.traffic = traffic(2)
  const deps = { events: quietEvents() }
  refuseRate(deps, connection, { kind: 'unsubscribe', id: 'u', channel: 'c' }, 70)
  refuseRate(deps, connection, ping, 30)
  assert.deepEqual(
    socket.frames.map(({ kind, id, code, retryable, retryAfterMs }) => [
      kind,
      id,
      code,
      retryable,
      retryAfterMs,
    ]),
    [
      ['refusal', 'u', 'rate-limited', true, 70],
      ['refusal', undefined, 'rate-limited', true, 30],
    ],
  )
  refuseRate(deps, connection, ping, 30)
  assert.equal(socket.closed?.code, 4529)
})

test('a stranger over a rate is not served refusals', () => {
  const { connection, socket } = fakeConnection({})
  connection.traffic = traffic(9)
  refuseRate({ events: quietEvents() }, connection, ping, 30)
  assert.deepEqual([socket.closed?.code, socket.sent], [4529, []])
})

test('hello is always done, confirm and cancel as long as not too often', () => {
  const { connection } = fakeConnection({ session: fakeSession() })
  connection.traffic = traffic(1)
  const confirm = { kind: 'confirm', position: '0.0.0.0' } as const
  const done = [confirm, confirm, { kind: 'hello' } as const, ping].map((frame) =>
    isTakenAnyway(connection, frame),
  )
  assert.deepEqual(done, [true, false, true, false])
})

function raw(t: TestContext) {
  let now = 0
  const wheel = new TimerWheel(10, 600, () => now)
  t.after(() => wheel.stop())
  const taken: string[] = []
  let allowed = 1
  const { connection, socket } = fakeConnection({
    dialect: rawDialect('text/plain'),
    held: 1_000,
    onMessage(from, bytes, binary) {
      if (allowed === 0) return holdFor(wheel, from, bytes, binary, 100)
      allowed--
      taken.push(bytes.toString())
    },
  })
  const pass = (more: number) => {
    allowed = more
    for (const end = now + 120; now < end; ) {
      now += 10
      wheel.turn()
    }
  }
  const send = (...texts: string[]) => {
    for (const text of texts) connection.receive(Buffer.from(text), false)
  }
  return { connection, socket, taken, pass, send }
}

test('raw messages wait in their order while the socket is not read', (t) => {
  const { socket, taken, pass, send } = raw(t)
  send('1', '2', '3', '4', '5')
  assert.deepEqual([taken, socket.paused], [['1'], true])
  pass(2)
  assert.deepEqual([taken, socket.paused], [['1', '2', '3'], true])
  send('6')
  pass(5)
  assert.deepEqual([taken, socket.paused], [['1', '2', '3', '4', '5', '6'], false])
})
