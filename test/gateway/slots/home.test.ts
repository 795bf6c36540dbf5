// Sessions on their slot: welcomed before anything else, away for a while, back with all they missed, over when that is said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import type { Node } from './node.ts'
import { createWorld } from './world.ts'

/** Binding takes until `go`; `begun` tells how many wait. */
function slowBinding(node: Node) {
  const { sessions } = node.registry
  const waiting: (() => void)[] = []
  const bind = sessions.bind.bind(sessions)
  Object.assign(sessions, {
    bind: async (...args: Parameters<typeof bind>) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      return bind(...args)
    },
  })
  return { waiting, go: (which = 0) => waiting.splice(which, 1)[0]?.() }
}

test('what comes for a session while it is entered waits for its welcome', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const { waiting, go } = slowBinding(node)
  const client = node.connect()
  const welcomed = client.hello()
  await waitFor(() => waiting.length === 1)
  const [session = ''] = node.state.attached.keys()
  const offset = await world.deliver(0, session, 'early')
  await waitFor(() => node.state.next > offset)
  assert.deepEqual(client.socket.sent, [])
  go()
  await welcomed
  assert.deepEqual(
    client.socket.frames.map(({ kind }) => kind),
    ['welcome', 'message'],
  )
})

test('a session that is away keeps what comes, and gets it with a position for each when it is back', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const first = node.connect()
  await first.hello({ confirms: true })
  await world.deliver(0, first.session, 'had')
  await first.sees(1)
  first.confirm()
  first.end()
  assert.deepEqual(node.happened, ['detached abnormal'])
  const missed = await world.deliver(0, first.session, 'missed')
  await world.deliver(0, first.session, 'too')
  const second = node.connect()
  const welcome = await second.hello({ confirms: true, ...first.back() })
  assert.deepEqual(
    [welcome['resumed'], welcome['recovered'], welcome['session']],
    [true, true, first.session],
  )
  await world.deliver(0, first.session, 'live')
  await second.sees(3)
  assert.deepEqual(second.shown, ['missed', 'too', 'live'])
  assert.equal(node.settled, missed)
  second.confirm()
  await waitFor(() => node.settled === node.state.next)
  assert.deepEqual(await world.reasons(), [])
})

test('a session whose client said goodbye is over at once, and what was not confirmed is reported', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello({ confirms: true })
  const offset = await world.deliver(0, client.session, 1)
  await client.sees(1)
  client.end(1000)
  assert.deepEqual(node.happened, ['ended normal'])
  await waitFor(() => node.settled > offset)
  assert.deepEqual(await world.reasons(), [`unconfirmed ${offset}`])
  const again = node.connect()
  const welcome = await again.hello(client.back())
  assert.deepEqual([welcome['resumed'], welcome['recovered']], [false, false])
})

test('a session that went to another node is closed there by its log, and opens no window', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  const second = b.connect()
  await second.hello(first.back())
  await waitFor(() => first.socket.closed?.code === 4409)
  await waitFor(() => !a.roster.find(first.session))
  assert.deepEqual([a.happened, a.holder.kept?.windows.size], [[], 0])
  await world.deliver(0, first.session, 'late, to the old slot')
  await second.sees(1)
})

test('of two connections that ask for one session the later has it, whichever is entered first', async (t) => {
  for (const order of [
    [0, 0],
    [1, 0],
  ]) {
    const world = await createWorld(t)
    const node = await world.node('a')
    const client = node.connect()
    await client.hello()
    client.end()
    const { waiting, go } = slowBinding(node)
    const [older, newer] = [node.connect(), node.connect()]
    const first = older.hello(client.back(1))
    await waitFor(() => waiting.length === 1)
    const second = newer.hello(client.back(2))
    await waitFor(() => waiting.length === 2)
    for (const which of order) go(which)
    await second
    await first
    await waitFor(() => older.socket.closed)
    assert.equal(older.socket.closed?.code, 4409)
    await world.deliver(0, client.session, 'for the later')
    await newer.sees(1)
    assert.equal(newer.welcome['resumed'], true)
  }
})

test('a client that asks twice with one attempt keeps the later connection when the earlier ends', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  client.end()
  const [one, two] = [node.connect(), node.connect()]
  await one.hello(client.back(1))
  await two.hello(client.back(1))
  await waitFor(() => one.socket.closed?.code === 4409 && node.roster.find(client.session) === two.connection)
  one.end()
  assert.equal(node.state.attached.has(client.session), true)
  await world.deliver(0, client.session, 'here')
  await two.sees(1)
})

test('a connection that ends while its session is entered leaves nothing behind', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const { waiting, go } = slowBinding(node)
  const client = node.connect()
  const welcomed = client.hello().catch(() => undefined)
  await waitFor(() => waiting.length === 1)
  const [session = ''] = node.state.attached.keys()
  client.end()
  client.socket.close(1006, 'so that the wait ends')
  go()
  await welcomed
  await waitFor(() => node.state.attached.size === 0)
  assert.deepEqual([node.roster.size, node.holder.kept?.windows.size], [0, 0])
  await waitFor(async () => (await node.registry.sessions.ofSession(session)).found === undefined)
})
