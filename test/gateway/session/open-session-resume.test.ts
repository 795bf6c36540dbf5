// Who is brought back: a token, an attempt and a position that fit prove it; anything else gets a new session.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueResumeToken, readResumeToken } from '../../../gateway/session/resume-token.ts'
import { fakeConnection } from '../fake-connection.ts'
import { alice } from '../fakes.ts'
import { birth, id, opening, resume } from './opening.ts'

test('who can be brought back keeps its id and its birth; the attempt makes the generation', async () => {
  const { bound, log, openSession } = opening()
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  const [welcome] = socket.frames
  assert.deepEqual([welcome?.['session'], welcome?.['resumed'], welcome?.['recovered']], [id, true, true])
  assert.deepEqual([bound[0]?.birth, bound[0]?.generation, bound[0]?.since], [birth, birth + 2, 7])
  assert.deepEqual(log, ['bring back it 2 3.5.10', 'attach 7 back', 'resumed', 'welcomed'])
  // The next token names the same session, so that any of its tokens will do.
  assert.equal(readResumeToken(String(welcome?.['resumeToken']), ['s'])?.birth, birth)
})

test('a token by a previous secret brings back, too', async () => {
  const { openSession } = opening()
  const { connection, socket } = fakeConnection()
  const old = issueResumeToken({ session: id, birth }, alice, 'older')
  await openSession(connection, alice, resume({ token: old }))
  assert.equal(socket.frames[0]?.['resumed'], true)
})

const { position: _, ...untold } = resume().resume ?? assert.fail()
for (const [what, hello, principal] of [
  ['a token that is none', resume({ token: 'x' }), alice],
  ['a token of another principal', resume(), { ...alice, user: 'mallory' }],
  ['a token of another tenant', resume(), { ...alice, tenant: 'acme' }],
  ['no attempt', resume({ attempt: 0 }), alice],
  ['no position', { kind: 'hello', resume: untold }, alice],
  ['a position that is none', resume({ position: '3.a.5.0' }), alice],
] as const) {
  test(`with ${what} there is a new session, and something may be missing`, async () => {
    const { log, openSession } = opening()
    const { connection, socket } = fakeConnection()
    await openSession(connection, principal, hello)
    const [welcome] = socket.frames
    assert.deepEqual(
      [welcome?.['resumed'], welcome?.['recovered'], welcome?.['session'] === id],
      [false, false, false],
    )
    assert.deepEqual(log, ['attach 10', 'connected', 'welcomed'])
  })
}

for (const answer of ['ended', 'lost'] as const) {
  test(`a session that is ${answer} is answered by a new one, and something may be missing`, async () => {
    const { bound, openSession } = opening({ bringBack: () => Promise.resolve(answer) })
    const { connection, socket } = fakeConnection()
    await openSession(connection, alice, resume())
    const [welcome] = socket.frames
    assert.deepEqual([welcome?.['resumed'], welcome?.['recovered']], [false, false])
    assert.notEqual(bound[0]?.id, id)
  })
}

test('a session that was revoked is not brought back: 4410', async () => {
  const { state, bound, roster, openSession } = opening()
  state.revoked = id
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  assert.deepEqual([socket.closed?.code, socket.sent, bound, roster.size], [4410, [], [], 0])
})

test('one that is revoked while it is being brought back is over, and welcomed by nobody', async () => {
  const { state, log, openSession } = opening()
  state.binding = () => {
    state.revoked = id
  }
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  assert.deepEqual([socket.closed?.code, socket.sent, log.at(-1)], [4410, [], 'left for good'])
})

test('one whose user was revoked since it began is answered by a new one', async () => {
  const { state, openSession } = opening()
  state.overBefore = birth + 1
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  const [welcome] = socket.frames
  assert.deepEqual(
    [welcome?.['resumed'], welcome?.['recovered'], welcome?.['session'] === id],
    [false, false, false],
  )
})

test('a later connection has it: the client is told so, and gets no other session', async () => {
  for (const home of [{ bringBack: () => Promise.resolve('superseded' as const) }, { attach: () => false }]) {
    const { roster, bound, openSession } = opening(home)
    const { connection, socket } = fakeConnection()
    await openSession(connection, alice, resume())
    assert.deepEqual([socket.closed?.code, socket.sent, bound, roster.size], [4409, [], [], 0])
  }
})

test('while it cannot be known what it missed, the client is asked to come again', async () => {
  const { bound, openSession } = opening({ bringBack: () => Promise.reject(new Error('Kafka is away')) })
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  assert.deepEqual([socket.closed?.code, bound], [1013, []])
})
