// A node takes a slot, another when that is lost, and gives back what it has or was about to get.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { createWorld, type World } from './world.ts'

/** Joining a slot's group waits for `joined`, and fails where that does. */
function slowJoining(world: World, joined: (topic: string) => Promise<void>): string[] {
  const { logs } = world.broker
  const begin = logs.readSlot.bind(logs)
  const asked: string[] = []
  Object.assign(logs, {
    async readSlot(options: Parameters<typeof begin>[0]) {
      asked.push(options.topic)
      await joined(options.topic)
      return begin(options)
    },
  })
  return asked
}

test('it takes a slot, reads its log, and gives both back', async (t) => {
  const world = await createWorld(t)
  const { holder } = world.make('a')
  await holder.start()
  assert.deepEqual([holder.current?.slot, holder.fresh(), await holder.check()], [0, true, true])
  await waitFor(() => holder.canaryAt !== undefined)
  await holder.stop(100)
  assert.deepEqual([holder.current, holder.fresh(), await holder.check()], [undefined, false, false])
  assert.equal(await world.committed(0), (await world.read('slot.0')).length)
  assert.equal((await world.node('b')).slot, 0)
})

test('when a slot is lost its connections end, and another one is taken', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  node.holder.current?.lose('rebalanced')
  assert.deepEqual(
    [node.holder.current, node.holder.canaryAt, client.socket.closed?.code],
    [undefined, undefined, 4510],
  )
  await waitFor(() => node.holder.current?.slot === 1)
  const again = node.connect()
  assert.equal((await again.hello(client.back()))['recovered'], true)
})

test('where no other is free it takes the same one again', async (t) => {
  const world = await createWorld(t, { slots: 1 })
  const { holder } = await world.node('a')
  const epoch = holder.current?.epoch ?? 0
  holder.restart()
  world.store.release({ slot: 0, epoch, holder: 'a' })
  await waitFor(() => (holder.current?.epoch ?? 0) > epoch)
})

test('while every slot is held it says so and goes on asking', async (t) => {
  const world = await createWorld(t, { slots: 1 })
  const first = await world.node('a')
  const { holder } = world.make('b')
  const started = holder.start()
  await waitFor(() => /every slot is held/.test(holder.trouble))
  await first.holder.stop(100)
  await started
  assert.equal(holder.current?.slot, 0)
})

test('a slot whose log cannot be read is given back, and another one tried', async (t) => {
  const world = await createWorld(t)
  const asked = slowJoining(world, (topic) =>
    topic === 'slot.0' ? Promise.reject(new Error('no log')) : Promise.resolve(),
  )
  const { holder, registry } = world.make('a')
  await holder.start()
  assert.deepEqual([asked, holder.current?.slot], [['slot.0', 'slot.1'], 1])
  assert.notEqual(await registry.leases.take('b', { only: 0 }), undefined)
})

test('when nothing can be read it goes on trying until something can', async (t) => {
  const world = await createWorld(t, { slots: 2 })
  let away = true
  const asked = slowJoining(world, async () => {
    if (away) throw new Error('Kafka is away')
  })
  const { holder } = world.make('a')
  const started = holder.start()
  await waitFor(() => asked.length === 3)
  assert.match(holder.trouble, /Kafka is away|every slot is held/)
  away = false
  await started
  assert.ok(holder.current !== undefined)
})

test('a stop while the log is being joined gives the slot back', async (t) => {
  const world = await createWorld(t)
  const joined = Promise.withResolvers<void>()
  const asked = slowJoining(world, () => joined.promise)
  const { holder, registry } = world.make('a')
  const started = holder.start()
  await waitFor(() => asked.length === 1)
  const stopped = holder.stop(100)
  await waitFor(async () => (await registry.leases.take('b', { only: 0 })) !== undefined)
  joined.resolve()
  await Promise.all([stopped, started])
  assert.equal(holder.current, undefined)
})

test('a start can be given up', async (t) => {
  const world = await createWorld(t, { slots: 1 })
  await world.node('a')
  const { holder } = world.make('b')
  const give = new AbortController()
  const started = holder.start(give.signal)
  give.abort()
  await assert.rejects(started, /stopped before/)
})

test('it hears its own canary, and no other counts', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const heard = node.holder.canaryAt
  await world.control(0, { kind: 'canary', node: 'older', epoch: node.state.epoch - 1 })
  await waitFor(() => node.holder.canaryAt !== heard)
  // That was the answer to the older one, so that this one’s holder reads that it is over.
  const canaries = (await world.controls(0)).flatMap((each) => (each.kind === 'canary' ? [each.node] : []))
  assert.deepEqual(canaries, ['a', 'older', 'a'])
})

test('a registry that forgot the lease is told of it and of every session again', async (t) => {
  const world = await createWorld(t, { leaseTtl: 300 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  world.store.wipe()
  await waitFor(async () => (await node.registry.sessions.ofSession(client.session)).found !== undefined)
  assert.equal(node.slot, 0)
})

test('with the registry away it keeps its slot for as long as Kafka does', async (t) => {
  const world = await createWorld(t, { leaseTtl: 150 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  world.store.available = false
  await waitFor(async () => (await node.events.count('leases', 'unavailable')) > 3)
  await world.deliver(0, client.session, 'still here')
  await client.sees(1)
  assert.equal(node.slot, 0)
})
