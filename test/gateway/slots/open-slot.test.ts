// A slot is begun with a fence, and with all that its log says further on; what is gone of it is reported.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noRecord, recordHash } from '../../../gateway/session/position.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld, type World } from './world.ts'

const [alice, bob] = ['A'.repeat(22), 'B'.repeat(22)]
const takeover = { kind: 'takeover', slot: 1, at: 0, atHash: noRecord, from: 0, had: 0 } as const

/** A holder that commits nothing: what it leaves is the next one's backlog. */
async function leaveBacklog(world: World, fill: () => Promise<unknown>): Promise<void> {
  const before = await world.node('before')
  const keep = before.connect()
  await keep.hello({ confirms: true })
  await world.deliver(0, keep.session, 'never confirmed')
  await keep.sees(1)
  before.kill()
  await fill()
}

test('it begins with a canary of its epoch, before anything of the backlog is handled', async (t) => {
  const world = await createWorld(t)
  const first = await world.deliver(0, bob, 1)
  const node = await world.node('a')
  await waitFor(() => node.settled > first)
  const controls = await world.controls(0)
  assert.deepEqual(
    controls.map(({ kind, offset }) => [kind, offset]),
    [
      ['canary', 1],
      ['ended', 2],
    ],
  )
  assert.deepEqual([node.state.epoch, node.state.seenBefore], [node.holder.current?.epoch, 1])
  // A holder before this one may have shown it.
  assert.deepEqual(await world.reasons(), [`unconfirmed ${first}`])
})

test('what the backlog says is settled further on is not handled again', async (t) => {
  const world = await createWorld(t)
  const [had, settled] = [
    [0, 1],
    [2, 3],
  ]
  await leaveBacklog(world, async () => {
    const from = await world.deliver(0, alice, 'had')
    await world.deliver(0, alice, 'had')
    had.splice(0, 2, from, from + 2)
    const next = await world.deliver(0, bob, 'settled')
    settled.splice(0, 2, next, next + 1)
    await world.control(0, {
      ...takeover,
      session: alice,
      generation: 9,
      had: from,
      from: from + 2,
    })
    await world.control(0, { kind: 'settled', session: bob, from: next, to: next + 1 })
  })
  const node = await world.node('a')
  await waitFor(() => node.state.next > node.state.foreseenTo)
  const waiting = [...node.state.entries.values()].map(({ session }) => session)
  assert.ok(!waiting.includes(alice) && !waiting.includes(bob), waiting.join())
  assert.ok((await world.reasons()).every((reason) => !reason.endsWith(String(settled[0]))))
})

test('what the backlog says has moved is sent on at once, without the registry', async (t) => {
  const world = await createWorld(t)
  let moved = 0
  await leaveBacklog(world, async () => {
    moved = await world.deliver(0, alice, 'moved')
    await world.control(0, { ...takeover, session: alice, generation: 9, slot: 2, from: moved, had: moved })
  })
  await world.node('a')
  const forward = await waitFor(async () =>
    (await world.read('slot.2')).find(({ headers }) => headers['ce_place']?.toString() === `0/${moved}`),
  )
  assert.equal(forward.headers['ce_generation']?.toString(), '9')
})

test('what the backlog says has ended is reported, and what an end says that came too late is not', async (t) => {
  const world = await createWorld(t)
  let [over, back] = [0, 0]
  await leaveBacklog(world, async () => {
    const epoch =
      (await world.controls(0)).flatMap((each) => (each.kind === 'canary' ? [each.epoch] : []))[0] ?? 0
    over = await world.deliver(0, alice, 'over')
    back = await world.deliver(0, bob, 'back')
    const { offset } = { offset: back + 1 }
    await world.control(0, { ...takeover, session: bob, generation: 9, slot: 2, from: back, had: back })
    await world.control(0, { kind: 'ended', session: alice, generation: 1, readFrom: offset, epoch })
    // Its writer had not read the takeover.
    await world.control(0, { kind: 'ended', session: bob, generation: 1, readFrom: back, epoch })
  })
  await world.node('a')
  await waitFor(async () => (await world.reasons()).includes(`unconfirmed ${over}`))
  assert.ok(
    (await world.read('slot.2')).some(({ headers }) => headers['ce_place']?.toString() === `0/${back}`),
  )
})

test('a holder that finds another’s later canary before its own does not begin', async (t) => {
  const world = await createWorld(t)
  await world.control(0, { kind: 'canary', node: 'another', epoch: Date.now() + 3_600_000 })
  const node = await world.node('a')
  assert.equal(await node.events.count('slotChanges', 'taken'), 1)
  assert.notEqual(node.slot, 0)
})

test('a holder that finds more committed than its own canary comes too late', async (t) => {
  const world = await createWorld(t)
  const { logs } = world.broker
  const begin = logs.readSlot.bind(logs)
  Object.assign(logs, {
    async readSlot(options: Parameters<typeof begin>[0]) {
      const reader = await begin(options)
      return options.topic === 'slot.0'
        ? Object.assign(Object.create(reader) as typeof reader, { committed: () => Promise.resolve(1_000) })
        : reader
    },
  })
  const node = await world.node('a')
  assert.notEqual(node.slot, 0)
})

test('an older holder that reads a later canary stops there', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  await world.control(0, { kind: 'canary', node: 'another', epoch: (node.holder.current?.epoch ?? 0) + 1 })
  await world.deliver(0, client.session, 'not by this one')
  await waitFor(() => client.socket.closed?.code === 4510)
  assert.deepEqual(client.shown, [])
})

test('what is gone before it was handled is reported, and nothing is committed before that is in Kafka', async (t) => {
  const world = await createWorld(t)
  await (await world.node('before')).stop()
  const first = await world.deliver(0, alice, 1)
  await world.deliver(0, alice, 2)
  await world.deliver(0, alice, 3)
  const committed = await world.committed(0)
  world.broker.truncate('slot.0', first + 2)
  const node = await world.node('a')
  const report = await waitFor(async () => (await world.told()).find(({ reason }) => reason === 'lost-range'))
  assert.deepEqual([report.lost?.from, report.lost?.to], [String(committed), String(first + 2)])
  await waitFor(() => node.state.gone === undefined)
})

test('a log that is cut under its reader is reported and given up, so that clients learn of it', async (t) => {
  const world = await createWorld(t, { maxPending: 3 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello({ confirms: true })
  // The reader is held up, and what it has not read is cut away.
  for (let n = 0; n < 600; n++) await world.deliver(0, client.session, n)
  await client.sees(3)
  const { end } = await world.broker.ranges.ends('slot.0', 1_000)
  world.broker.truncate('slot.0', end - 1)
  const confirming = setInterval(() => client.confirm(), 1)
  t.after(() => clearInterval(confirming))
  await waitFor(() => client.socket.closed)
  clearInterval(confirming)
  assert.equal(client.socket.closed?.code, 4510)
  const told = await waitFor(async () => (await world.told()).find(({ reason }) => reason === 'lost-range'))
  assert.equal(told.lost?.to, String(end - 1))
})

test('the hash of the record before the first it reads is that of the log', async (t) => {
  const world = await createWorld(t)
  const before = await world.node('before')
  await before.stop()
  const records = await world.read('slot.0')
  const last = records.at(-1) ?? assert.fail()
  const hashes: number[] = []
  const node = await world.node('a')
  hashes.push(recordHash(last.timestamp, last.value))
  const canary = (await world.read('slot.0')).at(-1) ?? assert.fail()
  assert.equal(node.slot, 0)
  assert.equal(node.holder.current?.log?.here.hash, recordHash(canary.timestamp, canary.value))
})

test('a burst for a session elsewhere is sent on whole, though more of it comes than may wait', async (t) => {
  const world = await createWorld(t, { maxPending: 10 })
  const [, b] = [await world.node('a'), await world.node('b')]
  const client = b.connect()
  await client.hello()
  await Promise.all(Array.from({ length: 100 }, (_, n) => world.deliver(0, client.session, n)))
  await client.sees(100)
  assert.deepEqual(await world.reasons(), [])
})
