// What still arrives where a session came from reaches it before anyone sends it on, and never twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attached } from '../../../gateway/moving/slot-state.ts'
import { type Follower, Followers } from '../../../gateway/slots/followers.ts'
import { itemOf } from '../../../gateway/slots/read-record.ts'
import { createSweeper } from '../../../gateway/slots/sweeper.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld, secret, type World } from './world.ts'

const takeover = { kind: 'takeover', slot: 2, at: 0, atHash: 0, from: 0, had: 0 } as const
const [alice, bob] = ['A'.repeat(22), 'B'.repeat(22)]

function following(world: World, longest = 60_000) {
  const stop = new AbortController()
  const read = { from: 'slot', maxTargets: 3, secrets: [secret] } as const
  const { ranges } = world.broker
  const reading = { ranges, read, slotTopic: 'slot.', signal: stop.signal }
  const sweeper = createSweeper({ ...reading, timeoutMs: 500, maxBytes: 1_000_000, maxBytesOfAll: 1_000_000 })
  const followers = new Followers({ ...reading, sweeper, longest })
  const shown: string[] = []
  /** One whose sweep ended before `from` in slot 0. */
  const follower = (session: string, from: number): Follower => {
    const covered = [{ slot: 0, from: 0, to: from }]
    const attached: Attached = { generation: 5, confirms: false, covered, ready: true }
    return {
      session,
      attached,
      write: (item) => shown.push(`${session[0]} ${itemOf({ body: item }).record.value?.toString()}`),
      superseded: () => shown.push(`${session[0]} superseded`),
    }
  }
  return { followers, follower, shown, stop }
}

test('the answer to a request that was in flight when a node died arrives at once, and once', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  const second = b.connect()
  await second.hello(first.back())
  await waitFor(() => b.followers.size === 1)
  const late = await world.deliver(0, first.session, 'the answer')
  await second.sees(1)
  // Whoever takes the slot sends it on, too: that copy is not shown.
  const c = await world.node('c')
  assert.equal(c.slot, 0)
  await waitFor(() => c.settled > late)
  await waitFor(() => b.followers.size === 0)
  await world.deliver(1, first.session, 'live')
  await second.sees(2)
  assert.deepEqual(second.shown, ['the answer', 'live'])
  assert.deepEqual(await world.reasons(), [])
})

test('it stops at a canary: from there on the holder sends on', async (t) => {
  const world = await createWorld(t)
  const { followers, follower, shown } = following(world)
  followers.follow(0, 0, follower(alice, 0))
  await world.deliver(0, alice, 1)
  await waitFor(() => shown.length === 1)
  await world.control(0, { kind: 'canary', node: 'a', epoch: 1 })
  await waitFor(() => followers.size === 0)
  await world.deliver(0, alice, 2)
  assert.deepEqual(shown, ['A 1'])
})

test('all who follow one log share a reader, and who comes late gets what went by', async (t) => {
  const world = await createWorld(t)
  const { followers, follower, shown } = following(world)
  followers.follow(0, 0, follower(alice, 0))
  for (const n of [1, 2]) {
    await world.deliver(0, alice, n)
    await world.deliver(0, bob, n)
  }
  await waitFor(() => shown.length === 2)
  followers.follow(0, 2, follower(bob, 2))
  await waitFor(() => shown.length === 3)
  await world.deliver(0, bob, 3)
  await waitFor(() => shown.length === 4)
  assert.deepEqual([shown, followers.size], [['A 1', 'A 2', 'B 2', 'B 3'], 1])
})

test('who comes late behind a canary, or its end, follows nothing', async (t) => {
  const world = await createWorld(t)
  const { followers, follower, shown } = following(world)
  const ended = { kind: 'ended', session: bob, generation: 5, readFrom: 0, epoch: 1 } as const
  await world.deliver(0, bob, 1)
  await world.control(0, ended)
  await world.deliver(0, bob, 2)
  followers.follow(0, 3, follower(alice, 3))
  await world.deliver(0, alice, 3)
  await waitFor(() => shown.length === 1)
  followers.follow(0, 0, follower(bob, 0))
  await waitFor(() => shown.length === 2)
  followers.stop(alice)
  await waitFor(() => followers.size === 0)
  assert.deepEqual(shown, ['A 3', 'B 1'])
})

for (const late of [false, true]) {
  test(`a later connection elsewhere is told to ${late ? 'one that came late' : 'who follows'}`, async (t) => {
    const world = await createWorld(t)
    const { followers, follower, shown } = following(world)
    if (late) followers.follow(0, 0, follower(alice, 0))
    else followers.follow(0, 0, follower(bob, 0))
    await world.control(0, { ...takeover, session: bob, generation: 5 })
    await world.control(0, { ...takeover, session: bob, generation: 6, slot: 3 })
    await world.deliver(0, bob, 1)
    await world.deliver(0, alice, 2)
    if (late) {
      await waitFor(() => shown.length === 1)
      followers.follow(0, 0, follower(bob, 0))
    }
    await waitFor(() => shown.includes('B superseded'))
    assert.ok(!shown.includes('B 1'))
    followers.stopAll()
  })
}

test('a follower that stops is shown nothing more, of one log or of all', async (t) => {
  const world = await createWorld(t)
  const { followers, follower, shown } = following(world)
  followers.follow(0, 0, follower(alice, 0))
  followers.follow(1, 0, follower(alice, 0))
  followers.follow(1, 0, follower(bob, 0))
  followers.stop(alice, 0)
  assert.equal(followers.size, 1)
  followers.stop(alice)
  await world.deliver(1, alice, 1)
  await world.deliver(1, bob, 2)
  await waitFor(() => shown.length === 1)
  assert.deepEqual(shown, ['B 2'])
  followers.stopAll()
  assert.equal(followers.size, 0)
})

test('a log without a word for long is left to whoever takes it', async (t) => {
  const world = await createWorld(t)
  const { followers, follower } = following(world, 1_000)
  followers.follow(0, 0, follower(alice, 0))
  followers.expire(performance.now())
  assert.equal(followers.size, 1)
  followers.expire(performance.now() + 1_001)
  assert.equal(followers.size, 0)
})

test('behind a gap nobody knows what was there: it is left, too', async (t) => {
  const world = await createWorld(t)
  const { followers, follower, shown } = following(world)
  for (const n of [1, 2, 3]) await world.deliver(0, alice, n)
  world.broker.truncate('slot.0', 2)
  followers.follow(0, 0, follower(alice, 0))
  await waitFor(() => followers.size === 0)
  assert.deepEqual(shown, [])
})
