// Presence: comings and goings told once on every node, in the log's order, right again whatever happens to nodes and registry.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { askedBy, beat, presenceWorld, toldTo } from './presence-world.ts'

/** Lefts are told only once the registry is a lease old. */
const grown = async (world: Awaited<ReturnType<typeof presenceWorld>>): Promise<void> => {
  await waitFor(() => world.store.complete(50))
}

test('a user that comes and goes is told once to all nodes, whatever the number of connections', async (t) => {
  const world = await presenceWorld(t)
  const [one, two] = [await world.node(), await world.node()]
  await grown(world)
  const [watcher, other] = [await one.comes('watcher'), await two.comes('other')]
  await waitFor(() => toldTo(watcher).includes('joined other'))
  const first = await one.comes('alice', { members: false })
  const second = await two.comes('alice', { members: false })
  await waitFor(() => toldTo(watcher).includes('joined alice') && toldTo(other).includes('joined alice'))
  assert.deepEqual(await askedBy(two, watcher), ['alice 2', 'other 1', 'watcher 1', 'of 3'])
  one.channels.unsubscribe(first, { kind: 'unsubscribe', id: 'u', channel: 'room:7' })
  await waitFor(async () => (await askedBy(one, watcher))[0] === 'alice 1')
  two.channels.unsubscribe(second, { kind: 'unsubscribe', id: 'u', channel: 'room:7' })
  await waitFor(() => toldTo(watcher).includes('left alice') && toldTo(other).includes('left alice'))
  assert.deepEqual(
    toldTo(watcher).filter((told) => told.endsWith('alice')),
    ['joined alice', 'left alice'],
  )
  assert.deepEqual(
    toldTo(other).filter((told) => told.endsWith('alice')),
    ['joined alice', 'left alice'],
  )
  assert.deepEqual(toldTo(first), [], 'it did not ask')
  assert.deepEqual([...one.failures, ...two.failures], [])
})

test('who comes is told of itself, behind subscribed', async (t) => {
  const node = await (await presenceWorld(t)).node()
  const alice = await node.comes('alice')
  await waitFor(() => toldTo(alice).length > 0)
  assert.deepEqual(
    alice.seen.map(({ kind }) => kind),
    ['subscribed', 'joined'],
  )
  assert.deepEqual(alice.of('joined')[0], {
    kind: 'joined',
    channel: 'room:7',
    member: { user: 'alice', sessions: 1 },
  })
})

test('a connection that is lost and is back in a moment was never away, and is not counted twice', async (t) => {
  const world = await presenceWorld(t)
  const [one, two] = [await world.node(), await world.node()]
  await grown(world)
  const watcher = await one.comes('watcher')
  const alice = await one.comes('alice', { session: 'its' })
  const bob = await one.comes('bob')
  await waitFor(() => toldTo(watcher).length === 3)
  one.loses(alice)
  const back = await one.comes('alice', { session: 'its' })
  one.loses(bob)
  await two.comes('bob')
  assert.equal((await askedBy(one, watcher))[0], 'alice 1')
  await waitFor(async () => (await askedBy(one, watcher))[1] === 'bob 1')
  one.loses(back)
  await waitFor(() => toldTo(watcher).includes('left alice'))
  assert.ok(!toldTo(watcher).includes('left bob'))
})

test('the members of a node that died are right again after a lease and a round, told once', async (t) => {
  const world = await presenceWorld(t)
  const [one, two, three] = [await world.node(), await world.node(), await world.node()]
  const watcher = await one.comes('watcher')
  await two.comes('alice')
  await two.comes('bob')
  await one.comes('bob')
  await waitFor(() => toldTo(watcher).length === 3)
  // The second node is silent from here on.
  await waitFor(async () => {
    await beat(one, three)
    await Promise.all([one.presence.round(), three.presence.round()])
    return toldTo(watcher).includes('left alice')
  })
  assert.deepEqual(await askedBy(one, watcher), ['bob 1', 'watcher 1', 'of 2'])
  assert.deepEqual(
    toldTo(watcher).filter((told) => told.startsWith('left')),
    ['left alice'],
  )
})

test('a node that was taken for dead has its members back when it is there again', async (t) => {
  const world = await presenceWorld(t)
  const [one, two] = [await world.node(), await world.node()]
  const watcher = await one.comes('watcher')
  await two.comes('alice')
  await waitFor(() => toldTo(watcher).length === 2)
  await waitFor(async () => {
    await beat(one)
    await one.presence.round()
    return toldTo(watcher).includes('left alice')
  })
  await beat(one, two)
  await two.presence.round()
  await waitFor(() => toldTo(watcher).at(-1) === 'joined alice')
  assert.deepEqual(await askedBy(one, watcher), ['alice 1', 'watcher 1', 'of 2'])
})

test('a registry that forgot everything is filled again without a word, and goings meanwhile are told when it is', async (t) => {
  const world = await presenceWorld(t, 300)
  const [one, two] = [await world.node(), await world.node()]
  const watcher = await one.comes('watcher')
  const [alice, bob] = [await one.comes('alice'), await one.comes('bob')]
  await two.comes('bob')
  await waitFor(() => toldTo(watcher).length === 3)
  world.store.wipe()
  one.channels.unsubscribe(alice, { kind: 'unsubscribe', id: 'u', channel: 'room:7' })
  one.channels.unsubscribe(bob, { kind: 'unsubscribe', id: 'u', channel: 'room:7' })
  for (const { presence } of [one, two]) presence.rebuild()
  await waitFor(async () => {
    await beat(one, two)
    return toldTo(watcher).includes('left alice')
  })
  assert.deepEqual(await askedBy(one, watcher), ['bob 1', 'watcher 1', 'of 2'])
  assert.deepEqual(
    toldTo(watcher).filter((told) => told.startsWith('left')),
    ['left alice'],
  )
  assert.equal(toldTo(watcher).length, 4)
})

test('while the registry is away comings and goings wait; asking for members is refused', async (t) => {
  const world = await presenceWorld(t)
  const node = await world.node()
  await grown(world)
  const watcher = await node.comes('watcher')
  await waitFor(() => toldTo(watcher).length === 1)
  world.store.available = false
  const alice = await node.comes('alice')
  const passing = await node.comes('passing')
  node.channels.unsubscribe(passing, { kind: 'unsubscribe', id: 'u', channel: 'room:7' })
  node.channels.members(alice, { kind: 'members', id: 'm', channel: 'room:7' })
  await waitFor(() => alice.of('refusal').length === 1)
  world.store.available = true
  node.presence.rebuild()
  await waitFor(() => toldTo(watcher).length === 2)
  assert.deepEqual(toldTo(watcher), ['joined watcher', 'joined alice'])
})

test('a node that has another slot takes its members with it without a word', async (t) => {
  const world = await presenceWorld(t)
  const node = await world.node()
  const watcher = await node.comes('watcher')
  await waitFor(() => toldTo(watcher).length === 1)
  const { slot, epoch } = node.lease
  node.lease = (await node.registry.leases.take('again', {})) ?? node.lease
  assert.notEqual(node.lease.slot, slot)
  node.presence.rebuild()
  await waitFor(async () => (await node.registry.members.count(slot, epoch)) === 0)
  assert.deepEqual(await askedBy(node, watcher), ['watcher 1', 'of 1'])
  assert.equal(toldTo(watcher).length, 1)
})

test('large channels are only counted, and anonymous principals are on no list', async (t) => {
  const world = await presenceWorld(t)
  const node = await world.node({ infoOf: ({ session }) => `on ${session?.id}` })
  const watcher = await node.comes('a', { session: 'x' })
  await node.comes('')
  assert.deepEqual(await askedBy(node, watcher), ['a 1', 'of 1'])
  assert.deepEqual((watcher.of('members')[0] as unknown as { members: object[] }).members, [
    { user: 'a', sessions: 1, info: 'on x' },
  ])
  for (const user of ['b', 'c', 'd']) await node.comes(user)
  await waitFor(async () => (await askedBy(node, watcher)).at(-1) === 'of 4')
  assert.deepEqual(await askedBy(node, watcher), ['of 4'])
})

test('comings stand among the messages where the log has them', async (t) => {
  const world = await presenceWorld(t)
  const node = await world.node()
  const watcher = await node.comes('watcher')
  const later = await node.comes('alice', { members: false })
  await waitFor(() => toldTo(watcher).length === 2)
  node.channels.subscribe(later, { kind: 'subscribe', id: 'again', channel: 'room:7', members: true })
  await node.comes('bob')
  await waitFor(() => toldTo(later).length === 1)
  assert.deepEqual(toldTo(later), ['joined bob'])
  // Whoever catches up is shown messages only: the list says who is there.
  const late = await node.comes('carol', { members: false })
  assert.deepEqual(toldTo(late), [])
})
