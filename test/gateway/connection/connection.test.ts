// One live socket: what is held keeps its order, a slow reader costs itself only, and an end is an end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { refuse } from '../../../gateway/errors.ts'
import { fakeConnection } from '../fake-connection.ts'

const text = (message: string): Buffer => Buffer.from(message)

test('what comes while held waits, the socket is paused, and release goes on in order', () => {
  const { connection, socket, messages } = fakeConnection()
  connection.receive(text('1'), false)
  connection.hold()
  for (const message of ['2', '3']) connection.receive(text(message), false)
  assert.deepEqual([messages, socket.paused, connection.holding], [['1'], true, true])
  connection.release()
  connection.receive(text('4'), false)
  assert.deepEqual([messages, socket.paused, connection.holding], [['1', '2', '3', '4'], false, false])
})

test('a message that holds again within the release keeps the rest behind it', () => {
  const messages: string[] = []
  const { connection, socket } = fakeConnection({
    onMessage(held, bytes) {
      messages.push(bytes.toString())
      if (bytes.toString() === 'hold') held.hold()
    },
  })
  connection.hold()
  for (const message of ['1', 'hold', '2']) connection.receive(text(message), false)
  connection.release()
  connection.receive(text('3'), false)
  assert.deepEqual([messages, socket.paused], [['1', 'hold'], true])
  connection.release()
  assert.deepEqual([messages, socket.paused], [['1', 'hold', '2', '3'], false])
})

test('a message that is held back and put in front of the others comes first', () => {
  // As after a freeze: the message itself waits until the slot is certain.
  const messages: string[] = []
  let certain = false
  const { connection } = fakeConnection({
    onMessage(held, bytes) {
      if (certain) return void messages.push(bytes.toString())
      held.hold()
      held.receive(bytes, false)
    },
  })
  for (const message of ['1', '2', '3']) connection.receive(text(message), false)
  connection.release()
  assert.deepEqual(messages, [])
  certain = true
  connection.release()
  assert.deepEqual(messages, ['1', '2', '3'])
})

test('whatever holds when, every message comes once and in order', () => {
  const steps = fc.array(fc.constantFrom('message', 'holding', 'release', 'hold'), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (plan) => {
      const seen: number[] = []
      const { connection } = fakeConnection({
        held: 10_000,
        onMessage(held, bytes) {
          const [what = '', n] = bytes.toString().split(' ')
          seen.push(Number(n))
          if (what === 'holding') held.hold()
        },
      })
      let sent = 0
      for (const step of plan) {
        if (step === 'hold') connection.hold()
        else if (step === 'release') connection.release()
        else connection.receive(text(`${step} ${sent++}`), false)
      }
      for (let left = 0; left <= plan.length; left++) connection.release()
      assert.deepEqual(
        seen,
        Array.from({ length: sent }, (_, n) => n),
      )
    }),
    { numRuns: 500 },
  )
})

test('reading goes on when no reason to pause is left', () => {
  const { connection, socket } = fakeConnection()
  connection.pause('pressed')
  connection.pause('inflight')
  connection.unpause('pressed')
  assert.deepEqual([socket.paused, connection.paused], [true, true])
  connection.unpause('inflight')
  connection.unpause('inflight')
  assert.deepEqual([socket.paused, connection.paused], [false, false])
})

test('a reader that leaves too much waiting is closed with 4513, and told of each that was not written', () => {
  const { connection, socket } = fakeConnection({ outbox: 40 })
  const written: boolean[] = []
  const send = () => connection.send({ kind: 'pong' }, (ok) => written.push(ok))
  socket.slow = true
  for (let n = 0; n < 10; n++) send()
  assert.equal(socket.closed?.code, 4513)
  const taken = socket.sent.length
  assert.ok(taken > 1 && taken < 10)
  assert.deepEqual(
    written,
    Array.from({ length: 10 - taken }, () => false),
  )
  socket.flush(false)
  assert.equal(written.length, 10)
})

test('one frame alone may be larger than the outbox', () => {
  const { connection, socket } = fakeConnection({ outbox: 10, dialect: rawDialect('') })
  connection.sendEncoded({ bytes: Buffer.alloc(1_000), binary: true })
  assert.deepEqual([socket.closed, socket.sent.length], [undefined, 1])
})

test('the close that a slow reader causes is known when its frame is given up', () => {
  const { connection, socket } = fakeConnection({ outbox: 10 })
  socket.slow = true
  connection.send({ kind: 'pong' })
  let closing: string | undefined
  connection.send({ kind: 'pong' }, () => (closing = connection.closing))
  assert.equal(closing, 'slow-consumer')
})

test('only the first close counts, and after it nothing is received or sent', () => {
  const { connection, socket, messages, ends } = fakeConnection()
  connection.close('draining', 'bye')
  connection.close('internal', 'no')
  connection.receive(text('late'), false)
  let written: boolean | undefined
  connection.send({ kind: 'pong' }, (ok) => (written = ok))
  assert.deepEqual(
    [socket.closed, messages, socket.sent, written],
    [{ code: 1012, reason: 'bye' }, [], [], false],
  )
  connection.ended(1006)
  connection.ended(1006)
  assert.deepEqual(ends, [1012])
})

test('a close while paused or held reads on, so that the client’s own close arrives', () => {
  const { connection, socket, messages } = fakeConnection()
  connection.hold()
  connection.pause('pressed')
  connection.receive(text('held'), false)
  connection.close('unauthenticated', 'no')
  assert.equal(socket.paused, false)
  connection.release()
  connection.hold()
  connection.pause('inflight')
  assert.deepEqual([socket.paused, messages], [false, []])
})

test('an end that the other side began is told with its code', () => {
  const { connection, ends } = fakeConnection()
  connection.ended(1001)
  assert.deepEqual([connection.open, ends], [false, [1001]])
})

test('a client that is lost is closed with 4508 and dropped', () => {
  const { connection, socket } = fakeConnection()
  connection.lose()
  assert.deepEqual([socket.closed?.code, socket.terminated], [4508, true])
})

test('a refusal says whether trying again helps, and keeps the connection', () => {
  const { connection, socket } = fakeConnection()
  connection.refuse(refuse('rate-limited', 'slower', { retryAfterMs: 50 }), 'm')
  connection.refuse(refuse('forbidden', 'no'))
  assert.deepEqual(socket.frames, [
    { kind: 'refusal', id: 'm', code: 'rate-limited', message: 'slower', retryable: true, retryAfterMs: 50 },
    { kind: 'refusal', code: 'forbidden', message: 'no', retryable: false },
  ])
  assert.equal(connection.open, true)
})
