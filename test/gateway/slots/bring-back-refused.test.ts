// A session that cannot be brought back whole is not brought back: its client gets a new one and is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatPosition, noRecord, parsePosition } from '../../../gateway/session/position.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

const takeover = { kind: 'takeover', at: 0, atHash: noRecord, from: 0, had: 0 } as const

test('a session that was reported as absent is over: its client gets a new one and is told of the gap', async (t) => {
  const world = await createWorld(t, { resumeWindow: 1 })
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  first.end()
  const missed = await world.deliver(0, first.session, 'missed')
  await waitFor(async () => {
    node.holder.kept?.tick()
    return (await world.reasons()).length > 0
  })
  assert.deepEqual(await world.reasons(), [`no-session ${missed}`])
  const second = node.connect()
  const { resumed, recovered, session } = await second.hello(first.back())
  assert.deepEqual([resumed, recovered, session === first.session], [false, false, false])
})

for (const [what, harm] of [
  ['cut off behind it', (world, next) => world.broker.truncate('slot.0', next + 1)],
  ['cut off just before it', (world, next) => world.broker.truncate('slot.0', next)],
  ['made anew', (world) => world.broker.recreate('slot.0')],
] as const satisfies readonly [
  string,
  (world: Awaited<ReturnType<typeof createWorld>>, next: number) => void,
][]) {
  test(`a log that was ${what} does not prove that nothing is missing`, async (t) => {
    const world = await createWorld(t)
    const [a, b] = [await world.node('a'), await world.node('b')]
    const first = a.connect()
    await first.hello()
    await world.deliver(0, first.session, 'had')
    await first.sees(1)
    const { next } = parsePosition(first.position) ?? assert.fail()
    a.kill()
    await world.deliver(0, first.session, 'missed')
    await world.deliver(0, first.session, 'missed too')
    harm(world, next)
    const second = b.connect()
    const { resumed, recovered } = await second.hello(first.back())
    assert.deepEqual([resumed, recovered], [false, false])
  })
}

test('a log that was made anew is not taken for one in which nothing came yet', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  world.broker.recreate('slot.0')
  await world.deliver(0, first.session, 'missed')
  const second = b.connect()
  const welcome = await second.hello(first.back(1, formatPosition(0, 5, 5, noRecord)))
  assert.equal(welcome['recovered'], false)
})

test('one that missed more than a session may be brought gets a new one', async (t) => {
  const world = await createWorld(t, { maxResume: 5_000 })
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  first.end()
  for (let n = 0; n < 3; n++) await world.deliver(0, first.session, 'x'.repeat(2_000))
  const second = node.connect()
  assert.equal((await second.hello(first.back()))['recovered'], false)
})

test('a slot that there is not is a position that leads nowhere', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  const second = node.connect()
  const welcome = await second.hello(first.back(1, formatPosition(99, 0, 0, noRecord)))
  assert.deepEqual([welcome['resumed'], welcome['recovered']], [false, false])
})

test('a way through more logs than are read for one session ends in a new one', async (t) => {
  const world = await createWorld(t, { slots: 12 })
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  const { session } = first
  const generation = first.connection.session?.generation ?? 0
  const start = first.position
  first.end()
  // As left behind by a client that flaps: each log leads to the next.
  for (let slot = 0; slot < 11; slot++)
    await world.control(slot, { ...takeover, session, generation: generation + slot + 1, slot: slot + 1 })
  const second = node.connect()
  const welcome = await second.hello(first.back(50, start))
  assert.deepEqual([welcome['resumed'], welcome['recovered']], [false, false])
})

test('nobody else’s token brings a session back, nor an older shape of one', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  const mallory = node.connect({ principal: { user: 'mallory', tenant: '', claims: {} } })
  const welcome = await mallory.hello(first.back())
  assert.deepEqual([welcome['resumed'], welcome['session'] === first.session], [false, false])
  assert.equal(first.socket.closed, undefined)
})
