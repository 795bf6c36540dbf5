// Slots of dead nodes are kept by survivors until all that waits there is sent on or reported, and then given back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import type { Node } from './node.ts'
import { createWorld } from './world.ts'

/** Gives back what is done, until a fact is there. */
const tickUntil = <T>(node: Node, fact: () => T | Promise<T>) =>
  waitFor(() => {
    node.adopter.tick()
    return fact()
  })

test('a dead node’s slot is adopted, what moved is sent on, and the slot is given back', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello({ confirms: true })
  const [kept, ...missed] = [
    await world.deliver(0, first.session, 'shown, not confirmed'),
    await world.deliver(0, first.session, 'shown as well'),
  ]
  await first.sees(2)
  a.kill()
  const second = b.connect()
  await second.hello({ confirms: true, ...first.back() })
  await b.adopter.look()
  assert.deepEqual(b.adopter.slots, [0])
  await tickUntil(b, () => b.adopter.slots.length === 0)
  await waitFor(async () => (await b.registry.leases.take('next', { only: 0 })) !== undefined)
  assert.deepEqual(
    [await world.reasons(), missed.length > 0, kept < (await world.committed(0))],
    [[], true, true],
  )
  // The client’s position spoke for both: they are not shown again.
  assert.deepEqual(second.shown, [])
})

test('what nobody settled and nobody came for is reported, also when its node was killed', async (t) => {
  const world = await createWorld(t, { resumeWindow: 1 })
  const [a, b] = [await world.node('a'), await world.node('b')]
  const client = a.connect()
  await client.hello({ confirms: true })
  const shown = await world.deliver(0, client.session, 'shown')
  await client.sees(1)
  a.kill()
  const missed = await world.deliver(0, client.session, 'missed')
  world.clock.now += 10
  await b.adopter.look()
  const late = await world.deliver(0, client.session, 'late')
  await tickUntil(b, () => b.adopter.slots.length === 0)
  // Of what stood there when the slot was begun nobody knows who may have shown it.
  assert.deepEqual(await world.reasons(), [
    `unconfirmed ${shown}`,
    `unconfirmed ${missed}`,
    `no-session ${late}`,
  ])
})

test('within its resume window a session finds what waited in the adopted slot', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  await world.deliver(0, first.session, 'missed')
  await b.adopter.look()
  b.adopter.tick()
  assert.deepEqual(b.adopter.slots, [0])
  const second = b.connect()
  await second.hello(first.back())
  await second.sees(1)
  await world.deliver(0, first.session, 'late')
  await second.sees(2)
  await tickUntil(b, () => b.adopter.slots.length === 0)
  assert.deepEqual([second.shown, await world.reasons()], [['missed', 'late'], []])
})

test('nothing is adopted without a slot of one’s own, past the limit, or where nothing waits', async (t) => {
  const world = await createWorld(t, { slots: 6, maxAdopted: 2 })
  const node = await world.node('a')
  for (const slot of [1, 2, 4]) await world.deliver(slot, 'A'.repeat(22), slot)
  await world.deliver(4, 'A'.repeat(22), 'the longest')
  await node.adopter.look()
  assert.deepEqual(node.adopter.slots, [4, 1])
  await node.adopter.look()
  assert.deepEqual(node.adopter.slots, [4, 1])
  const homeless = await world.node('b')
  await homeless.holder.stop(500)
  await homeless.adopter.look()
  assert.deepEqual(homeless.adopter.slots, [])
})

test('a slot that is held is left alone, and one that another adopts first, too', async (t) => {
  const world = await createWorld(t)
  const [a, b, c] = [await world.node('a'), await world.node('b'), await world.node('c')]
  const client = a.connect()
  await client.hello({ confirms: true })
  await world.deliver(0, client.session, 1)
  await client.sees(1)
  await b.adopter.look()
  assert.deepEqual(b.adopter.slots, [])
  a.kill()
  await Promise.all([b.adopter.look(), c.adopter.look()])
  assert.deepEqual([...b.adopter.slots, ...c.adopter.slots], [0])
})

test('an adopted slot that is lost is let go of; a stop gives all back', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  await world.deliver(2, 'A'.repeat(22), 1)
  await world.deliver(3, 'A'.repeat(22), 1)
  const { sessions } = b.registry
  // While the registry does not say whose they are they cannot be done.
  Object.assign(sessions, { ofSession: () => new Promise(() => undefined) })
  await b.adopter.look()
  assert.deepEqual(b.adopter.slots, [2, 3])
  await world.control(2, { kind: 'canary', node: 'another', epoch: Date.now() + 3_600_000 })
  await waitFor(() => b.adopter.slots.length === 1)
  await b.adopter.stop(500)
  assert.deepEqual(b.adopter.slots, [])
  assert.notEqual(await a.registry.leases.take('next', { only: 3 }), undefined)
})

test('with the registry unsure who lives nothing is adopted', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  await world.deliver(2, 'A'.repeat(22), 1)
  world.store.wipe()
  await node.registry.leases.renew({ slot: 0, epoch: node.state.epoch, holder: 'a' }, true)
  await node.adopter.look()
  assert.deepEqual(node.adopter.slots, [])
})

test('a registry that has just forgotten everything does not prove that a session is over', async (t) => {
  const world = await createWorld(t, { leaseTtl: 300 })
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  // Nothing of it comes back to put its lease there again.
  Object.assign(a.registry.leases, { renew: () => new Promise(() => undefined) })
  world.store.wipe()
  await world.deliver(0, first.session, 'missed')
  let asked = 0
  const { sessions } = b.registry
  const ofSession = sessions.ofSession.bind(sessions)
  Object.assign(sessions, { ofSession: (id: string) => ofSession(id).finally(() => asked++) })
  // No faster than time itself: b renews its lease by that.
  const began = { clock: world.clock.now, at: performance.now() }
  await waitFor(async () => {
    world.clock.now = began.clock + Math.floor(performance.now() - began.at)
    await b.adopter.look()
    // Old enough to be believed, the registry has said that the session is nowhere.
    return b.adopter.slots.includes(0) && asked > 0
  })
  b.adopter.tick()
  const ended = (await world.controls(0)).filter(({ kind }) => kind === 'ended')
  assert.deepEqual([ended, await world.reasons()], [[], []])
  const second = b.connect()
  await second.hello(first.back())
  await second.sees(1)
  assert.equal(second.welcome['resumed'], true)
})
