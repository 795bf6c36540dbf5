// What is broken, unfinished or lost holds up nothing and is not reported wrongly.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

const away = 'BBBBBBBBBBBBBBBBBBBBBB'

test('should the gateway itself fail at a record, those behind it are delivered', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const [broken, client] = [node.connect(), node.connect()]
  await broken.hello()
  await client.hello()
  broken.connection.send = () => {
    throw new Error('a bug')
  }
  await world.deliver(0, broken.session, 1)
  const last = await world.deliver(0, client.session, 2)
  await client.sees(1)
  await waitFor(() => node.settled === last + 1)
  assert.deepEqual(
    (await world.quarantined()).map(({ reason }) => reason),
    ['invalid'],
  )
})

test('a lost slot delivers and reports nothing more: its next holder does', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  client.socket.slow = true
  const first = await world.deliver(0, client.session, 1)
  await client.sees(1)
  const { state } = node
  node.holder.current?.lose('fenced')
  client.socket.flush(false)
  assert.equal(client.socket.closed?.code, 4510)
  await world.deliver(0, client.session, 2)
  await waitFor(() => node.holder.canaryAt !== undefined)
  assert.equal(node.slot, 1)
  assert.deepEqual([client.shown, await world.reasons(), state.next], [[1], [], first + 1])
  assert.ok((await world.committed(0)) <= first)
})

test('while too much waits for absent sessions the oldest of it is reported, and the rest is read', async (t) => {
  const world = await createWorld(t, { maxPending: 10 })
  const node = await world.node('a')
  const [client, gone] = [node.connect(), node.connect()]
  await client.hello()
  await gone.hello()
  gone.end()
  const first = await world.deliver(0, gone.session, 0)
  for (let n = 1; n < 15; n++) await world.deliver(0, gone.session, n)
  await world.deliver(0, client.session, 'behind')
  await client.sees(1)
  const reasons = await world.reasons()
  assert.equal(reasons[0], `unconfirmed ${first}`)
  assert.ok(reasons.length >= 5 && node.state.entries.size <= 10, reasons.join())
})

test('reading waits while what is not settled is on its way to clients', async (t) => {
  const world = await createWorld(t, { maxPending: 3 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello({ confirms: true })
  const first = await world.deliver(0, client.session, 0)
  for (let n = 1; n < 5; n++) await world.deliver(0, client.session, n)
  await client.sees(3)
  assert.deepEqual([node.state.next, client.shown], [first + 3, [0, 1, 2]])
  client.confirm()
  await client.sees(5)
  assert.deepEqual(await world.reasons(), [])
})

test('with the registry away deliveries to those who are here go on, and nobody is called absent', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  world.store.available = false
  const unknown = await world.deliver(0, away, 0)
  await world.deliver(0, client.session, 1)
  await client.sees(1)
  assert.deepEqual([node.settled, await world.reasons()], [unknown, []])
  world.store.available = true
  await waitFor(() => node.settled > unknown)
  assert.deepEqual(await world.reasons(), [`no-session ${unknown}`])
})
