// A session is entered before its welcome, comes back where its token and position prove it, and leaves nothing if it never begins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { rawDialect } from '../../../gateway/connection/dialect.ts'
import type { Hello } from '../../../gateway/protocol/frames.ts'
import { createOpenSession } from '../../../gateway/session/open-session.ts'
import type { Home } from '../../../gateway/session/ports.ts'
import { issueResumeToken, readResumeToken } from '../../../gateway/session/resume-token.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import type { Session } from '../../../gateway/session/session.ts'
import { fakeConnection } from '../fake-connection.ts'
import { alice, fakeHome } from '../fakes.ts'

const id = 'A'.repeat(22)
const birth = 1_700_000_000_000
const token = issueResumeToken({ session: id, birth }, alice, 's')
const resume = (of: Partial<NonNullable<Hello['resume']>> = {}): Hello => ({
  kind: 'hello',
  resume: { token, attempt: 2, position: '3.5.a.0', ...of },
})

function world(of: Partial<Home> = {}) {
  const roster = new Roster<Connection>()
  const bound: Session[] = []
  const log: string[] = []
  const here = { slot: 3, since: 10, next: 10, hash: 35 }
  const home: Home = fakeHome({
    slot: 3,
    epoch: 9,
    topic: 'slot.3',
    here,
    positionOf: () => here,
    bringBack(session, generation, { slot, since, next }) {
      log.push(`bring back ${session === id ? 'it' : session} ${generation - birth} ${slot}.${since}.${next}`)
      return Promise.resolve({ since: 7 })
    },
    attach(session, returning) {
      log.push(`attach ${session.since}${returning === undefined ? '' : ' back'}`)
      return true
    },
    welcomed: () => void log.push('welcomed'),
    left: (_session, resumable) => void log.push(`left ${resumable ? 'for now' : 'for good'}`),
    ...of,
  })
  const state = { home: home as Home | undefined, binding: () => {} }
  const openSession = createOpenSession({
    roster,
    home: () => state.home,
    async bind(session) {
      bound.push(session)
      await Promise.resolve()
      state.binding()
    },
    onOpened: (_session, resumed) => void log.push(resumed ? 'resumed' : 'connected'),
    secrets: ['s', 'older'],
    window: 10,
    maxRequests: 10,
    heartbeatMs: 25_000,
    maxFrameBytes: 65_536,
    maxInflight: 100,
  })
  return { roster, bound, log, state, openSession }
}

test('the welcome says what the client needs, and the session is there', async () => {
  const { roster, bound, log, openSession } = world()
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

test('who can be brought back keeps its id and its birth; the attempt makes the generation', async () => {
  const { bound, log, openSession } = world()
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
  const { openSession } = world()
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
    const { log, openSession } = world()
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
    const { bound, openSession } = world({ bringBack: () => Promise.resolve(answer) })
    const { connection, socket } = fakeConnection()
    await openSession(connection, alice, resume())
    const [welcome] = socket.frames
    assert.deepEqual([welcome?.['resumed'], welcome?.['recovered']], [false, false])
    assert.notEqual(bound[0]?.id, id)
  })
}

test('a later connection has it: the client is told so, and gets no other session', async () => {
  for (const home of [{ bringBack: () => Promise.resolve('superseded' as const) }, { attach: () => false }]) {
    const { roster, bound, openSession } = world(home)
    const { connection, socket } = fakeConnection()
    await openSession(connection, alice, resume())
    assert.deepEqual([socket.closed?.code, socket.sent, bound, roster.size], [4409, [], [], 0])
  }
})

test('a later connection that came while it was entered has it', async () => {
  const { roster, log, openSession } = world({ has: () => false })
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  assert.deepEqual([socket.closed?.code, socket.sent, roster.size, log.at(-1)], [4409, [], 0, 'left for now'])
})

test('while it cannot be known what it missed, the client is asked to come again', async () => {
  const { bound, openSession } = world({ bringBack: () => Promise.reject(new Error('Kafka is away')) })
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, resume())
  assert.deepEqual([socket.closed?.code, bound], [1013, []])
})

for (const [what, hello, left] of [
  ['a new session', undefined, 'left for good'],
  ['one that came back', resume(), 'left for now'],
] as const) {
  test(`a connection that ends while ${what} is entered leaves it: ${left}`, async () => {
    const { roster, log, state, openSession } = world()
    const { connection, socket } = fakeConnection()
    state.binding = () => connection.ended(1006)
    await openSession(connection, alice, hello)
    assert.deepEqual([roster.size, socket.sent, log.at(-1)], [0, [], left])
  })
}

test('a connection that has ended before is not entered at all', async () => {
  const { bound, log, openSession } = world()
  const { connection } = fakeConnection()
  connection.ended(1006)
  await openSession(connection, alice)
  assert.deepEqual([bound, log], [[], []])
})

test('when the slot is lost while it is entered, the client is told to come again', async () => {
  const { roster, state, openSession } = world()
  const { connection, socket } = fakeConnection()
  state.binding = () => Object.assign(state.home ?? {}, { ended: true })
  await openSession(connection, alice)
  assert.deepEqual([socket.closed?.code, roster.size, socket.sent], [4510, 0, []])
})

test('without a slot nothing begins', async () => {
  const { bound, state, openSession } = world()
  const { connection, socket } = fakeConnection()
  state.home = undefined
  await openSession(connection, alice)
  assert.deepEqual([socket.closed?.code, bound], [4510, []])
})

test('a raw connection confirms nothing, whatever it says', async () => {
  const { bound, openSession } = world()
  const { connection } = fakeConnection({ dialect: rawDialect('text/plain') })
  await openSession(connection, alice, { kind: 'hello', confirms: true })
  assert.equal(bound[0]?.confirms, false)
})
