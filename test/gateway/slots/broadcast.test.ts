// A record for everyone is one delivery, whoever is there: once for each node and tenant, and no part of what is resumed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import { waitFor } from '../../support/wait.ts'
import { incoming } from '../fakes.ts'
import { createWorld, secret, type World } from './world.ts'

/** As dispatch writes it to a slot. */
function toEveryone(world: World, slot: number, headers: Record<string, string> = {}, value = '"all"') {
  const first = incoming({ ce_to: 'everyone', ...headers }, value, { topic: 'dispatch' })
  const delivery = readDelivery(first, { from: 'dispatch', maxTargets: 1, secrets: [secret] })
  assert.ok(!isUnreadable(delivery))
  return world.send(toForward(first, delivery, { kind: 'everyone' }, `slot.${slot}`, secret))
}

test('everyone is everyone of the tenant on that slot, in each dialect, and nobody’s reply', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const [asking, other, left, raw] = [
    node.connect(),
    node.connect({ principal: { user: 'bob', tenant: 'acme', claims: {} } }),
    node.connect(),
    node.connect({ raw: true }),
  ]
  for (const client of [asking, other, left]) await client.hello()
  await waitFor(() => node.roster.size === 4)
  asking.connection.session?.requests.open('q', { stopTimer: () => undefined, tellBackend: () => undefined })
  const offset = await toEveryone(world, 0, {
    ce_session: asking.session,
    ce_request: 'q',
    ce_except: `session:${left.session}`,
  })
  await asking.sees(1)
  assert.equal(asking.socket.frames.at(-1)?.kind, 'message')
  assert.deepEqual(raw.socket.sent, ['"all"'])
  assert.deepEqual([other.shown, left.shown], [[], []])
  assert.equal(asking.connection.session?.requests.stateOf('q'), 'open')
  assert.equal(node.settled, offset + 1)
})

test('everyone is one delivery: settled with its last socket, told once', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const clients = [node.connect(), node.connect(), node.connect()]
  for (const client of clients) await client.hello()
  for (const { socket } of clients) socket.slow = true
  const offset = await toEveryone(world, 0, { ce_receipt: 'written' })
  for (const client of clients) await client.sees(1)
  for (const { socket } of clients) {
    assert.equal(node.settled, offset)
    socket.flush()
  }
  await waitFor(() => node.settled === offset + 1)
  assert.deepEqual(
    (await world.told()).map(({ outcome, target }) => [outcome, target]),
    [['written', 'everyone']],
  )
  assert.equal(await node.events.count('deliveries'), 3)
})

for (const [what, receipt, reports] of [
  ['nobody is told', {}, []],
  ['that is told once', { ce_receipt: 'failed' }, ['no-session']],
] as const) {
  test(`of everyone who missed it ${what}`, async (t) => {
    const world = await createWorld(t)
    const node = await world.node('a')
    const clients = [node.connect(), node.connect()]
    for (const client of clients) await client.hello()
    for (const { socket } of clients) socket.slow = true
    const offset = await toEveryone(world, 0, receipt)
    for (const client of clients) await client.sees(1)
    for (const { socket } of clients) socket.flush(false)
    await waitFor(() => node.settled === offset + 1)
    assert.deepEqual(
      (await world.told()).map(({ reason }) => reason),
      reports,
    )
  })
}

test('a socket that is too slow for it is closed and told of as slow', async (t) => {
  const world = await createWorld(t, { outbox: 1_000 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  client.socket.slow = true
  await world.deliver(0, client.session, 'x'.repeat(500))
  await client.sees(1)
  await toEveryone(world, 0, { ce_receipt: 'failed' }, JSON.stringify('y'.repeat(900)))
  await waitFor(async () => (await world.told()).length === 1)
  assert.deepEqual([(await world.told())[0]?.reason, client.socket.closed?.code], ['slow', 4513])
})

test('what is too late for everyone reaches nobody', async (t) => {
  const world = await createWorld(t, { maxDeliverySize: 1_000 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  await toEveryone(world, 0, { ce_expirytime: '2020-01-01T00:00:00Z', ce_receipt: 'failed' })
  const last = await toEveryone(world, 0, { ce_receipt: 'failed' }, JSON.stringify('x'.repeat(1_001)))
  await waitFor(() => node.settled === last + 1)
  assert.deepEqual(
    [(await world.told()).map(({ reason }) => reason), client.shown],
    [['deadline-passed', 'too-large'], []],
  )
})

test('everyone with nobody there is settled and not told of', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const offset = await toEveryone(world, 0, { ce_receipt: 'written' })
  await waitFor(() => node.settled === offset + 1)
  assert.deepEqual(await world.told(), [])
})

test('the position that comes with it leads back to all that is not settled', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello({ confirms: true })
  await world.deliver(0, client.session, 'not confirmed')
  await toEveryone(world, 0)
  await client.sees(2)
  const position = client.position
  client.end()
  const again = node.connect()
  await again.hello({ confirms: true, ...client.back(1, position) })
  await again.sees(1)
  assert.deepEqual(again.shown, ['not confirmed'])
})

test('while a session is caught up its position stands, whatever comes for everyone', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  await world.deliver(0, first.session, 'missed')
  const second = b.connect()
  second.socket.slow = true
  await second.hello(first.back())
  await second.sees(1)
  await toEveryone(world, 1)
  await second.sees(2)
  assert.deepEqual(second.shown, ['missed', 'all'])
  const [missed, all] = second.socket.frames.slice(1)
  assert.equal(all?.['position'], missed?.['position'])
})
