// A session is entered before its welcome, comes back where its token and position prove it, and leaves nothing if it never begins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import { readResumeToken } from '../../../gateway/session/resume-token.ts'
import { fakeConnection } from '../fake-connection.ts'
import { alice } from '../fakes.ts'
import { opening, resume } from './opening.ts'

test('the welcome says what the client needs, and the session is there', async () => {
  const { roster, bound, log, openSession } = opening()
  const { connection, socket } = fakeConnection()
  const expiresAt = Date.parse('2030-01-01T00:00:00Z')
  const principal = { ...alice, expiresAt }
  await openSession(connection, principal, { kind: 'hello', confirms: true, client: { instance: 'i' } })
  const { resumeToken, session, ...welcome } = socket.frames[0] ?? { kind: '' }
  assert.deepEqual(welcome, {
    kind: 'welcome',
    position: '3.a.a.z',
    resumed: false,
    recovered: true,
    heartbeatMs: 25_000,
    expiresAt: '2030-01-01T00:00:00.000Z',
    limits: { maxFrameBytes: 65_536, maxInflight: 100, messagesPerSecond: 0 },
  })
  assert.equal(connection.session?.id, session)
  assert.equal(roster.find(String(session)), connection)
  const [entered] = bound
  assert.deepEqual(
    [entered?.replyTo, entered?.slot, entered?.since, entered?.confirms],
    ['slot.3', 3, 10, true],
  )
  assert.equal(entered?.generation, entered?.birth)
  assert.notEqual(entered?.origin, session)
  const claims = readResumeToken(String(resumeToken), ['s'])
  assert.deepEqual([claims?.session, claims?.birth, claims?.user], [session, entered?.birth, 'alice'])
  assert.deepEqual(log, ['attach 10', 'connected', 'welcomed'])
})

test('a later connection that came while it was entered has it', async () => {
  const { roster, log, openSession } = opening({ has: () => false })
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  assert.deepEqual([socket.closed?.code, socket.sent, roster.size, log.at(-1)], [4409, [], 0, 'left for now'])
})

for (const [what, hello, left] of [
  ['a new session', undefined, 'left for good'],
  ['one that came back', resume(), 'left for now'],
] as const) {
  test(`a connection that ends while ${what} is entered leaves it: ${left}`, async () => {
    const { roster, log, state, openSession } = opening()
    const { connection, socket } = fakeConnection()
    state.binding = () => connection.ended(1006)
    await openSession(connection, alice, hello)
    assert.deepEqual([roster.size, socket.sent, log.at(-1)], [0, [], left])
  })
}

test('a connection that has ended before is not entered at all', async () => {
  const { bound, log, openSession } = opening()
  const { connection } = fakeConnection()
  connection.ended(1006)
  await openSession(connection, alice)
  assert.deepEqual([bound, log], [[], []])
})

test('when the slot is lost while it is entered, the client is told to come again', async () => {
  const { roster, state, openSession } = opening()
  const { connection, socket } = fakeConnection()
  state.binding = () => Object.assign(state.home ?? {}, { ended: true })
  await openSession(connection, alice)
  assert.deepEqual([socket.closed?.code, roster.size, socket.sent], [4510, 0, []])
})

test('without a slot nothing begins', async () => {
  const { bound, state, openSession } = opening()
  const { connection, socket } = fakeConnection()
  state.home = undefined
  await openSession(connection, alice)
  assert.deepEqual([socket.closed?.code, bound], [4510, []])
})

test('a raw connection confirms nothing, whatever it says', async () => {
  const { bound, openSession } = opening()
  const { connection } = fakeConnection({ dialect: rawDialect('text/plain') })
  await openSession(connection, alice, { kind: 'hello', confirms: true })
  assert.equal(bound[0]?.confirms, false)
})
