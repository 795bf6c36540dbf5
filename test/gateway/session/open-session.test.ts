// A session is entered before its welcome, gets nothing before it, and leaves nothing behind if it never begins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../../gateway/connection/connection.ts'
import { createOpenSession, type SlotView } from '../../../gateway/session/open-session.ts'
import { readResumeToken } from '../../../gateway/session/resume-token.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import type { Session } from '../../../gateway/session/session.ts'
import { fakeConnection } from '../fake-connection.ts'
import { alice } from '../fakes.ts'

const slotView = (): SlotView => ({
  slot: 3,
  epoch: 9,
  topic: 'slot.3',
  position: () => ({ slot: 3, next: 10, hash: 35 }),
})

function world() {
  const roster = new Roster<Connection>()
  const bound: Session[] = []
  const unbound: Session[] = []
  const state = { slot: slotView() as SlotView | undefined, binding: () => {} }
  const openSession = createOpenSession({
    roster,
    slot: () => state.slot,
    async bind(session) {
      bound.push(session)
      await Promise.resolve()
      state.binding()
    },
    unbind: (session) => unbound.push(session),
    secret: 's',
    window: 10,
    maxRequests: 10,
    heartbeatMs: 25_000,
    maxFrameBytes: 65_536,
    maxInflight: 100,
  })
  return { roster, bound, unbound, state, openSession }
}

test('the welcome says what the client needs, and the session is there', async () => {
  const { roster, bound, openSession } = world()
  const { connection, socket } = fakeConnection()
  const expiresAt = Date.parse('2030-01-01T00:00:00Z')
  await openSession(connection, { ...alice, expiresAt }, { kind: 'hello', client: { instance: 'i' } })
  const { resumeToken, session, ...welcome } = socket.frames[0] ?? { kind: '' }
  assert.deepEqual(welcome, {
    kind: 'welcome',
    position: '3.a.z',
    resumed: false,
    recovered: true,
    heartbeatMs: 25_000,
    expiresAt: '2030-01-01T00:00:00.000Z',
    limits: { maxFrameBytes: 65_536, maxInflight: 100, messagesPerSecond: 0 },
  })
  assert.equal(connection.session?.id, session)
  assert.equal(roster.find(String(session)), connection)
  assert.deepEqual([bound[0]?.replyTo, bound[0]?.slot], ['slot.3', 3])
  assert.notEqual(bound[0]?.origin, session)
  const token = readResumeToken(String(resumeToken), ['s'])
  assert.deepEqual([token?.session, token?.slot, token?.user], [session, 3, 'alice'])
})

test('who asks to resume is told that something may be missing', async () => {
  const { openSession } = world()
  const { connection, socket } = fakeConnection()
  await openSession(connection, alice, { kind: 'hello', resume: { token: 't', attempt: 1 } })
  assert.deepEqual([socket.frames[0]?.['resumed'], socket.frames[0]?.['recovered']], [false, false])
})

test('what is addressed to it while it is entered waits for the welcome', async () => {
  const { roster, bound, state, openSession } = world()
  const { connection, socket } = fakeConnection()
  state.binding = () => {
    assert.equal(
      roster.whenOpened(bound[0]?.id ?? '', () => connection.send({ kind: 'pong' })),
      true,
    )
  }
  await openSession(connection, alice)
  assert.deepEqual(
    socket.frames.map(({ kind }) => kind),
    ['welcome', 'pong'],
  )
})

test('a connection that ends while its session is entered leaves no entry behind', async () => {
  const { roster, bound, unbound, state, openSession } = world()
  const { connection, socket } = fakeConnection()
  state.binding = () => connection.ended(1006)
  await openSession(connection, alice)
  assert.deepEqual(unbound, bound)
  assert.deepEqual([roster.size, socket.sent], [0, []])
  assert.equal(
    roster.whenOpened(bound[0]?.id ?? '', () => undefined),
    false,
  )
})

test('a connection that has ended before is not entered at all', async () => {
  const { bound, openSession } = world()
  const { connection } = fakeConnection()
  connection.ended(1006)
  await openSession(connection, alice)
  assert.deepEqual(bound, [])
})

for (const [what, slot] of [
  ['no slot', undefined],
  ['another slot', slotView()],
] as const) {
  test(`with ${what} once it is entered, the client is told to come again`, async () => {
    const { roster, bound, unbound, state, openSession } = world()
    const { connection, socket } = fakeConnection()
    state.binding = () => {
      state.slot = slot
    }
    await openSession(connection, alice)
    assert.equal(socket.closed?.code, 4510)
    assert.deepEqual([unbound, roster.size], [bound, 0])
  })
}

test('without a slot nothing begins', async () => {
  const { bound, state, openSession } = world()
  const { connection, socket } = fakeConnection()
  state.slot = undefined
  await openSession(connection, alice)
  assert.deepEqual([socket.closed?.code, bound], [4510, []])
})
