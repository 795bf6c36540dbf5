// An accepted socket's life: its seat, its time to say hello, its credential's end, and what it leaves behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, fakeSession, turn } from '../fakes.ts'
import { world } from './accept-world.ts'

test('a stranger keeps a stranger’s seat until it is known, and the seat until it ends', (t) => {
  const { capacity, accepted, enter } = world(t)
  const connection = enter()
  assert.deepEqual([capacity.connections, capacity.unauthenticated], [1, 1])
  accepted.onAuthenticated(connection, alice)
  assert.deepEqual([capacity.connections, capacity.unauthenticated], [1, 0])
  connection.ended(1000)
  connection.ended(1000)
  assert.deepEqual([capacity.connections, [...accepted.all()]], [0, []])
})

test('who says no hello in time is closed with 4401', (t) => {
  const { socket, enter, pass } = world(t)
  enter()
  pass(9_990)
  assert.deepEqual([socket.closed], [undefined])
  pass(30)
  assert.equal(socket.closed?.code, 4401)
})

test('a welcomed one is left alone, and one that ended leaves no timer', (t) => {
  const { socket, enter, pass } = world(t)
  enter().session = fakeSession()
  pass(20_000)
  assert.deepEqual([socket.closed], [undefined])
  enter().ended(1006)
  pass(20_000)
  assert.deepEqual([socket.closed], [undefined])
})

test('a connection that ended is on no channel any more', (t) => {
  const { enter, left } = world(t)
  const [stranger, welcomed] = [enter(), enter()]
  welcomed.session = fakeSession()
  stranger.ended(1006)
  welcomed.ended(1006)
  welcomed.ended(1006)
  assert.deepEqual(left, [welcomed])
})

test('a connection ends with its credential, unless a fresh one came', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const { socket, accepted, enter, pass } = world(t)
  const connection = enter({ ...alice, expiresAt: 1_005_000 })
  connection.session = fakeSession()
  const both = (ms: number) => {
    t.mock.timers.tick(ms)
    pass(ms)
  }
  both(4_000)
  accepted.onAuthenticated(connection, { ...alice, expiresAt: 1_008_000 })
  both(3_900)
  assert.deepEqual([socket.closed], [undefined])
  both(200)
  assert.equal(socket.closed?.code, 4401)
})

test('a credential that was revoked between its check and here closes with 4410, and so ends the session', (t) => {
  const { socket, state, enter, accepted, ended } = world(t)
  state.revoked = 'alice'
  enter(alice)
  assert.equal(socket.closed?.code, 4410)
  state.revoked = ''
  const second = world(t)
  const connection = second.enter(alice)
  connection.session = fakeSession({ id: 's' })
  second.state.revoked = 'alice'
  second.accepted.onAuthenticated(connection, alice)
  connection.ended(1006)
  assert.deepEqual([second.ended, ended, [...accepted.all()].length], [['s false revoked'], [], 1])
})

test('a credential that is over already closes at once', (t) => {
  const { socket, enter } = world(t)
  enter({ ...alice, expiresAt: 1 })
  assert.equal(socket.closed?.code, 4401)
})

test('a credential of many days is watched in pieces', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 })
  const { socket, enter, pass } = world(t)
  enter({ ...alice, expiresAt: 10_000_000 }).session = fakeSession()
  for (let hour = 0; hour < 2; hour++) {
    t.mock.timers.tick(3_600_000)
    pass(3_600_000)
  }
  assert.deepEqual([socket.closed], [undefined])
  t.mock.timers.tick(2_800_100)
  pass(2_800_100)
  assert.equal(socket.closed?.code, 4401)
})

test('a raw connection begins at once; what it sends before that waits, typed as its route says', async (t) => {
  const { roster, received, state, enter } = world(t)
  const opening = Promise.withResolvers<void>()
  state.opens = () => opening.promise
  const connection = enter(alice, '/bin')
  connection.receive(Buffer.from('early'), true)
  await turn()
  assert.deepEqual(received, [])
  opening.resolve()
  await turn()
  assert.deepEqual([received, roster.find('s')], [['early'], connection])
  const frame = connection.dialect.decode(Buffer.from([1]), true)
  assert.equal('payload' in frame && frame.payload.contentType, 'image/png')
})

test('a raw connection whose session cannot be opened is closed with 1011', async (t) => {
  const { socket, state, enter } = world(t)
  state.opens = () => Promise.reject(new Error('a bug'))
  enter(alice, '/bin')
  await turn()
  assert.equal(socket.closed?.code, 1011)
})

test('with the connection its session ends, and its open requests', async (t) => {
  const { ended, roster, enter } = world(t)
  const connection = enter(alice, '/bin')
  await turn()
  let stopped = false
  connection.session?.requests.open('q', { stopTimer: () => (stopped = true), tellBackend: () => undefined })
  connection.ended(1006)
  assert.deepEqual([ended, roster.size, stopped], [['s false abnormal'], 0, true])
})

for (const [what, code, close, left] of [
  ['is lost', 1006, undefined, 's true abnormal'],
  ['reads too slowly', 1006, 'slow-consumer', 's true slow-consumer'],
  ['is closed by its client', 1000, undefined, 's false normal'],
  ['is taken over', 1006, 'taken-over', 's false taken-over'],
] as const) {
  test(`an enveloped connection that ${what} ${left.includes('true') ? 'leaves a session to come back to' : 'ends its session'}`, (t) => {
    const { ended, enter } = world(t)
    const connection = enter(alice)
    connection.session = fakeSession({ id: 's' })
    if (close !== undefined) connection.close(close, 'a test')
    connection.ended(code)
    assert.deepEqual(ended, [left])
  })
}
