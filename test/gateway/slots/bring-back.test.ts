// A session comes back whole from wherever it was, along the takeovers from log to log, and once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

test('through several nodes it finds what each of their logs has for it, once and in order', async (t) => {
  const world = await createWorld(t)
  const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
  const first = a.connect()
  await first.hello()
  const start = first.position
  await world.deliver(0, first.session, 'on a')
  await first.sees(1)
  // Of its second stay its client hears nothing: the position is still that of the first.
  const second = b.connect()
  await second.hello(first.back(1, start))
  await second.sees(1)
  await world.deliver(1, first.session, 'on b')
  await second.sees(2)
  b.kill()
  await world.deliver(1, first.session, 'on b, dead')
  await world.deliver(0, first.session, 'on a again')
  const third = c.connect()
  await third.hello(first.back(2, start))
  await third.sees(4)
  assert.equal(third.welcome['recovered'], true)
  assert.deepEqual(new Set(third.shown), new Set(['on a', 'on b', 'on b, dead', 'on a again']))
  assert.equal(third.shown.length, 4)
  assert.ok(third.shown.indexOf('on b') < third.shown.indexOf('on b, dead'))
})

test('what is appended while it is brought back is among what it missed, or comes live, never both', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  first.end()
  const second = node.connect()
  const sending = Array.from({ length: 200 }, (_, n) => world.deliver(0, first.session, n))
  const welcomed = second.hello(first.back())
  await Promise.all(sending)
  await welcomed
  await second.sees(200)
  assert.deepEqual(
    second.shown,
    Array.from({ length: 200 }, (_, n) => n),
  )
})

test('a later connection elsewhere makes an earlier one come too late', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  const position = first.position
  await b.connect().hello(first.back(5, position))
  const late = a.connect()
  await late.hello(first.back(3, position))
  assert.equal(late.socket.closed?.code, 4409)
})

test('while too much is brought back its client is asked to come again, and then gets it', async (t) => {
  const world = await createWorld(t, { maxResumes: 3_000 })
  const node = await world.node('a')
  const [one, two] = [node.connect(), node.connect()]
  for (const client of [one, two]) {
    await client.hello()
    client.end()
    await world.deliver(0, client.session, 'x'.repeat(2_000))
  }
  const slow = node.connect()
  slow.socket.slow = true
  await slow.hello(one.back())
  await slow.sees(1)
  const turnedAway = node.connect()
  await turnedAway.hello(two.back())
  assert.equal(turnedAway.socket.closed?.code, 1013)
  slow.socket.flush()
  const again = node.connect()
  await waitFor(async () => (await node.connect().hello(two.back(2)))['recovered'] === true)
  assert.equal(again.socket.closed, undefined)
})

test('what was collected for a client that left before its welcome is let go of', async (t) => {
  const world = await createWorld(t, { maxResumes: 3_000 })
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  first.end()
  await world.deliver(0, first.session, 'x'.repeat(2_000))
  for (let attempt = 1; attempt < 4; attempt++) {
    const gone = node.connect()
    gone.send({ hello: first.back(attempt) })
    await waitFor(() => node.state.attached.has(first.session))
    gone.end()
    await waitFor(() => !node.state.attached.has(first.session))
  }
  const back = node.connect()
  assert.equal((await back.hello(first.back(9)))['recovered'], true)
  await back.sees(1)
})
