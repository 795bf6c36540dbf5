// A slot that is kept: absent sessions are ended when their time is over, late confirmations end connections.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import type { Node } from './node.ts'
import { createWorld } from './world.ts'

/** Lets the node end what is over until a fact is there. */
const tickUntil = <T>(node: Node, fact: () => T | Promise<T>) =>
  waitFor(() => {
    node.holder.kept?.tick()
    return fact()
  })

test('a session that nobody came back to is over: its end is in the log, then what waited is reported', async (t) => {
  const world = await createWorld(t, { resumeWindow: 1 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  client.end()
  const offset = await world.deliver(0, client.session, 1)
  await waitFor(() => node.state.next > offset)
  await tickUntil(node, () => node.happened.length > 1)
  assert.deepEqual(node.happened, ['detached abnormal', 'ended not-resumed'])
  await waitFor(() => node.settled > offset)
  assert.deepEqual(await world.reasons(), [`no-session ${offset}`])
  // A delivery that comes behind the end asks for another one.
  const [first, ...kinds] = (await world.controls(0)).map(({ kind }) => kind)
  assert.deepEqual([first, [...new Set(kinds)]], ['canary', ['ended']])
  const { found } = await node.registry.sessions.ofSession(client.session)
  assert.equal(found, undefined)
})

test('a session that came back in time is not ended, however often is looked', async (t) => {
  const world = await createWorld(t, { resumeWindow: 40 })
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  first.end()
  const second = node.connect()
  await second.hello(first.back())
  const until = performance.now() + 60
  await tickUntil(node, () => performance.now() > until)
  assert.deepEqual(node.happened, ['detached abnormal'])
})

test('a session that is just coming back when its time is over is not ended', async (t) => {
  const world = await createWorld(t, { resumeWindow: 1 })
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  await world.deliver(0, first.session, 'not confirmed')
  await first.sees(1)
  first.end()
  const gate = Promise.withResolvers<void>()
  const { ranges } = world.broker
  const read = ranges.read.bind(ranges)
  Object.assign(ranges, {
    async read(...args: Parameters<typeof read>) {
      await gate.promise
      return read(...args)
    },
  })
  const second = node.connect()
  const welcomed = second.hello(first.back(1, String(first.welcome['position'])))
  await waitFor(() => node.state.opening.has(first.session))
  const until = performance.now() + 30
  await tickUntil(node, () => performance.now() > until)
  gate.resolve()
  await welcomed
  assert.deepEqual([node.happened, second.welcome['resumed']], [['detached abnormal'], true])
  assert.deepEqual(
    (await world.controls(0)).filter(({ kind }) => kind === 'ended'),
    [],
  )
})

test('what waits for a session that the registry knows elsewhere is sent there instead of being ended', async (t) => {
  const world = await createWorld(t, { resumeWindow: 1 })
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  first.end()
  const offset = await world.deliver(0, first.session, 1)
  await waitFor(() => a.state.next > offset)
  const [session = assert.fail()] = [a.holder.kept?.windows.find(first.session)]
  await b.registry.sessions.bind({
    session: first.session,
    tenant: '',
    user: 'alice',
    slot: b.slot,
    epoch: b.state.epoch,
    generation: (session.facts?.generation ?? 0) + 1,
  })
  await tickUntil(a, () => a.settled > offset)
  assert.deepEqual(a.happened, ['detached abnormal'])
  const forward = (await world.read(`slot.${b.slot}`)).find(
    ({ headers }) => headers['ce_place'] !== undefined,
  )
  assert.equal(forward?.headers['ce_place']?.toString(), `0/${offset}`)
})

test('a client that confirms nothing in time is closed; what it was shown waits for its return', async (t) => {
  const world = await createWorld(t, { confirmTimeout: 30 })
  const node = await world.node('a')
  const [silent, plain] = [node.connect(), node.connect()]
  await silent.hello({ confirms: true })
  await plain.hello()
  const offset = await world.deliver(0, silent.session, 1)
  await world.deliver(0, plain.session, 1)
  await silent.sees(1)
  await tickUntil(node, () => silent.socket.closed)
  assert.deepEqual([silent.socket.closed?.code, plain.socket.closed], [4513, undefined])
  await waitFor(() => node.happened.includes('detached slow-consumer'))
  assert.equal(node.settled, offset)
})

test('what absent sessions have waiting does not hide who confirms too late', async (t) => {
  const world = await createWorld(t, { confirmTimeout: 1 })
  const node = await world.node('a')
  const [gone, silent] = [node.connect(), node.connect()]
  await gone.hello()
  await silent.hello({ confirms: true })
  gone.end()
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => world.deliver(0, gone.session, n)))
  await world.deliver(0, silent.session, 'behind them')
  await silent.sees(1)
  await tickUntil(node, () => silent.socket.closed?.code === 4513)
})

test('a client that was brought what it missed has its time to confirm, too', async (t) => {
  const world = await createWorld(t, { confirmTimeout: 60_000 })
  const node = await world.node('a')
  const first = node.connect()
  await first.hello({ confirms: true })
  first.end()
  await world.deliver(0, first.session, 'missed')
  const second = node.connect()
  await second.hello({ confirms: true, ...first.back() })
  await second.sees(1)
  await waitFor(() => [...node.state.entries.values()].some(({ state }) => state === 'written'))
  node.holder.kept?.tick()
  node.holder.kept?.tick()
  assert.equal(second.socket.closed, undefined)
})

test('a client with too much unconfirmed is closed', async (t) => {
  const world = await createWorld(t, { maxUnconfirmed: 3 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello({ confirms: true })
  for (let n = 0; n < 5; n++) await world.deliver(0, client.session, n)
  await waitFor(() => client.socket.closed?.code === 4513)
  assert.deepEqual(client.shown, [0, 1, 2, 3])
})

test('a slot that is no longer certain ends nothing', async (t) => {
  const world = await createWorld(t, { resumeWindow: 1 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  client.end()
  const { kept } = node.holder
  await waitFor(() => performance.now() > (kept?.windows.find(client.session)?.dueAt ?? 0))
  kept?.tenure.lose('fenced')
  kept?.tick()
  assert.deepEqual(node.happened, ['detached abnormal'])
})
