// The registry ends up with one entry for each session of the slot, whatever failed meanwhile.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Connection } from '../../../gateway/connection/connection.ts'
import type { SessionEntry } from '../../../gateway/delivery/ports.ts'
import { createRegistration, type Held } from '../../../gateway/session/registration.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import type { Session } from '../../../gateway/session/session.ts'
import { waitFor } from '../../support/wait.ts'
import { fakeConnection } from '../fake-connection.ts'
import { fakeSession, quietEvents, turn } from '../fakes.ts'

const heldSlot = (slot = 0): Held => ({
  slot,
  epoch: 5,
  registered: true,
})

function world(t: TestContext) {
  const registry = new Map<string, SessionEntry>()
  const state = { away: false, held: heldSlot() as Held | undefined, beforeBindAll: () => {} }
  const detached: Session[] = []
  const evicted: string[] = []
  const answer = async <T>(work: () => T): Promise<T> => {
    await Promise.resolve()
    if (state.away) throw new Error('away')
    return work()
  }
  const stop = new AbortController()
  t.after(() => stop.abort())
  const roster = new Roster<Connection>()
  const registration = createRegistration({
    sessions: {
      bind: (entry, most) =>
        answer(() => {
          registry.set(entry.session, entry)
          const [oldest] = [...registry.values()]
          return most !== undefined && oldest !== undefined && registry.size > most ? [oldest] : []
        }),
      async bindAll(entries) {
        await turn()
        state.beforeBindAll()
        return answer(() => entries.forEach((entry) => registry.set(entry.session, entry)))
      },
      unbind: ({ session, generation }) =>
        answer(() => {
          if (registry.get(session)?.generation === generation) registry.delete(session)
        }),
    },
    roster,
    detached: () => detached,
    most: 3,
    onEvicted: (entries) => void evicted.push(...entries.map(({ session }) => session)),
    events: quietEvents(),
    held: () => state.held,
    resumeWindow: 60_000,
    signal: stop.signal,
  })
  const join = (session: Session) => {
    const { connection } = fakeConnection({ session })
    roster.add(session.id, connection)
    return () => {
      roster.remove(session.id, connection)
      registration.unbind(session)
    }
  }
  return { registry, state, registration, join, detached, evicted, names: () => [...registry.keys()].sort() }
}

test('a session is entered with its user, slot and epoch, and removed', async (t) => {
  const { registry, registration, join, names } = world(t)
  const session = fakeSession({ id: 's' })
  await registration.bind(session, heldSlot())
  assert.deepEqual(registry.get('s'), {
    session: 's',
    tenant: '',
    user: 'alice',
    slot: 0,
    epoch: 5,
    generation: 1,
  })
  join(session)()
  await turn()
  assert.deepEqual(names(), [])
})

test('a session that begins while the registry is away is entered when it is back', async (t) => {
  const { state, registration, join, names } = world(t)
  state.away = true
  const session = fakeSession({ id: 's' })
  await registration.bind(session, heldSlot())
  assert.equal(state.held?.registered, false)
  state.away = false
  // The rebuild may run before this session is in the roster.
  await waitFor(() => state.held?.registered === true)
  join(session)
  assert.deepEqual(names(), ['s'])
})

test('a session that ends while the registry is away is removed when it is back', async (t) => {
  const { state, registration, join, names } = world(t)
  const session = fakeSession({ id: 's' })
  await registration.bind(session, heldSlot())
  const leave = join(session)
  state.away = true
  leave()
  await turn()
  state.away = false
  await waitFor(() => names().length === 0)
  await waitFor(() => state.held?.registered === true)
})

test('a registry that was wiped gets every session again', async (t) => {
  const { state, registry, registration, join, names } = world(t)
  for (const id of ['a', 'b', 'c']) {
    const session = fakeSession({ id })
    await registration.bind(session, heldSlot())
    join(session)
  }
  registry.clear()
  registration.rebuild()
  assert.equal(state.held?.registered, false)
  await waitFor(() => state.held?.registered === true)
  assert.deepEqual(names(), ['a', 'b', 'c'])
})

test('a session that ends during the rebuild is not left behind', async (t) => {
  const { state, registration, join, names } = world(t)
  const leave = join(fakeSession({ id: 's' }))
  join(fakeSession({ id: 'stays' }))
  state.beforeBindAll = leave
  registration.rebuild()
  await waitFor(() => state.held?.registered === true)
  await waitFor(() => names().join() === 'stays')
})

test('sessions of a slot that was lost are not entered under the next one', async (t) => {
  const { state, registration, join, names } = world(t)
  join(fakeSession({ id: 'old', slot: 0 }))
  join(fakeSession({ id: 'new', slot: 1 }))
  state.held = heldSlot(1)
  registration.rebuild()
  await waitFor(() => state.held?.registered === true)
  assert.deepEqual(names(), ['new'])
})

test('many calls for a rebuild make few', async (t) => {
  const { state, registration, join } = world(t)
  join(fakeSession())
  let rebuilds = 0
  state.beforeBindAll = () => rebuilds++
  for (let call = 0; call < 100; call++) registration.rebuild()
  await waitFor(() => state.held?.registered === true)
  assert.ok(rebuilds <= 2, String(rebuilds))
})

test('without a slot there is nothing to enter', async (t) => {
  const { state, registration, names } = world(t)
  state.held = undefined
  registration.rebuild()
  registration.unbind(fakeSession())
  await turn()
  assert.deepEqual(names(), [])
})

test('sessions that are away and can come back are entered again with the rest', async (t) => {
  const { state, registration, join, detached, names } = world(t)
  join(fakeSession({ id: 'here' }))
  detached.push(fakeSession({ id: 'away' }), fakeSession({ id: 'of another slot', slot: 1 }))
  registration.rebuild()
  await waitFor(() => state.held?.registered === true)
  assert.deepEqual(names(), ['away', 'here'])
})

test('who had to make room for a new session of the same user is told of', async (t) => {
  const { registration, evicted } = world(t)
  for (const id of ['first', 'second', 'third', 'fourth'])
    await registration.bind(fakeSession({ id }), heldSlot())
  assert.deepEqual(evicted, ['first'])
})

test('sessions of a lost slot are entered again under its old epoch when the registry forgot, until they are back', async (t) => {
  const { registry, state, registration, join, names, detached } = world(t)
  join(fakeSession({ id: 'here', slot: 0 }))
  detached.push(fakeSession({ id: 'away', slot: 0 }))
  registration.lose(heldSlot(), detached)
  state.held = undefined
  registration.rebuild()
  await waitFor(() => names().length === 2)
  assert.deepEqual(names(), ['away', 'here'])
  assert.deepEqual([registry.get('away')?.slot, registry.get('away')?.epoch], [0, 5])
  registry.clear()
  join(fakeSession({ id: 'here', slot: 1, generation: 2 }))
  detached.length = 0
  state.held = { slot: 1, epoch: 9, registered: false }
  registration.rebuild()
  await waitFor(() => state.held?.registered === true)
  assert.deepEqual([registry.get('here')?.slot, registry.get('here')?.epoch], [1, 9])
  assert.deepEqual([registry.get('away')?.slot, registry.get('away')?.epoch], [0, 5])
})
