// A session is over exactly once: also where whoever took it over died before it had it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noRecord } from '../../../gateway/session/position.ts'
import { waitFor } from '../../support/wait.ts'
import type { Client } from './client.ts'
import type { Node } from './node.ts'
import { createWorld, type World } from './world.ts'

const quick = { resumeWindow: 1, leaseTtl: 100 }

/** As a node does that dies before it has the session. */
const takenOver = (world: World, { session, connection }: Client, slot: number) =>
  world.control(0, {
    kind: 'takeover',
    session,
    slot,
    at: 0,
    atHash: noRecord,
    from: 0,
    had: 0,
    generation: (connection.session?.generation ?? 0) + 1,
  })

const tickUntil = <T>(node: Node, fact: () => T | Promise<T>) =>
  waitFor(() => {
    node.holder.kept?.tick()
    return fact()
  })

for (const away of [false, true]) {
  test(`a session ${away ? 'that was away' : 'with a connection'} is over when its taker never had it`, async (t) => {
    const world = await createWorld(t, quick)
    const node = await world.node('a')
    const client = node.connect()
    await client.hello()
    if (away) client.end()
    await takenOver(world, client, 2)
    if (!away) await waitFor(() => client.socket.closed?.code === 4409)
    await tickUntil(node, () => node.happened.includes('ended not-resumed'))
    assert.equal((await node.registry.sessions.ofSession(client.session)).found, undefined)
    node.holder.kept?.tick()
    assert.equal(node.happened.filter((what) => what.startsWith('ended')).length, 1)
  })
}

test('a session that went on elsewhere is not over here', async (t) => {
  const world = await createWorld(t, quick)
  const [a, b] = [await world.node('a'), await world.node('b', { resumeWindow: 60_000 })]
  const first = a.connect()
  await first.hello()
  const second = b.connect()
  await second.hello(first.back())
  await waitFor(() => first.socket.closed?.code === 4409 && !a.roster.find(first.session))
  let asked = 0
  const { sessions } = a.registry
  const ofSession = sessions.ofSession.bind(sessions)
  Object.assign(sessions, {
    ofSession(id: string) {
      asked++
      return ofSession(id)
    },
  })
  await tickUntil(a, () => asked > 0)
  second.end()
  const third = b.connect()
  await third.hello(second.back(2))
  assert.deepEqual([a.happened, b.happened], [[], ['detached abnormal']])
  assert.equal((await a.registry.sessions.ofSession(first.session)).found?.slot, b.slot)
})

test('one that went and came back here is not looked for any more', async (t) => {
  const world = await createWorld(t, { ...quick, resumeWindow: 40 })
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  const second = b.connect()
  await second.hello(first.back(1))
  await waitFor(() => !a.roster.find(first.session))
  const third = a.connect()
  await third.hello(second.back(2))
  const since = performance.now()
  await tickUntil(a, () => performance.now() > since + 60)
  assert.deepEqual([a.happened, third.socket.closed], [[], undefined])
})

test('nobody comes back behind a final event, also where nothing waited for the session', async (t) => {
  const world = await createWorld(t, quick)
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  first.end()
  await tickUntil(node, () => node.happened.includes('ended not-resumed'))
  const second = node.connect()
  const { resumed, recovered } = await second.hello(first.back())
  assert.deepEqual([resumed, recovered], [false, false])
})

test('who comes back before its end is in the log has not ended, and no event says so', async (t) => {
  const world = await createWorld(t, { ...quick, resumeWindow: 30 })
  const [a, b] = [await world.node('a'), await world.node('b', { resumeWindow: 60_000 })]
  const first = a.connect()
  await first.hello()
  first.end()
  // The end is decided, and its record is on its way, when the takeover comes before it.
  const { sessions } = a.registry
  const ofSession = sessions.ofSession.bind(sessions)
  const taken = Promise.withResolvers<void>()
  let asked = 0
  Object.assign(sessions, {
    async ofSession(id: string) {
      const found = await ofSession(id)
      if (asked++ === 0) await taken.promise
      return found
    },
  })
  await tickUntil(a, () => asked > 0)
  const second = b.connect()
  await second.hello(first.back())
  taken.resolve()
  await world.deliver(0, first.session, 'late')
  await second.sees(1)
  assert.deepEqual([second.welcome['resumed'], a.happened], [true, ['detached abnormal']])
})
