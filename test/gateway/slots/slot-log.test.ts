// Each record of a slot's log ends at a socket, in another log or in a report, and is settled only then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import { waitFor } from '../../support/wait.ts'
import { incoming } from '../fakes.ts'
import { createWorld, secret } from './world.ts'

const away = 'BBBBBBBBBBBBBBBBBBBBBB'

test('what cannot be read is quarantined and passed, whatever its time', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  const send = (headers: Record<string, string>) =>
    world.send({ topic: 'slot.0', key: null, partition: 0, value: Buffer.from('1'), headers })
  await send({ ce_to: 'user:alice' })
  await send({})
  await send({ ce_to: 'everyone', ce_gateway: 'bWFyaw' })
  const last = await world.deliver(0, client.session, 1)
  await client.sees(1)
  await waitFor(() => node.settled === last + 1)
  assert.deepEqual(
    (await world.quarantined()).map(({ reason }) => reason),
    ['invalid', 'invalid', 'invalid'],
  )
})

test('a record for several sessions becomes one for each, behind it', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const clients = [node.connect(), node.connect()]
  for (const client of clients) await client.hello()
  const to = clients.map(({ session }) => `session:${session}`).join(',')
  const offset = await world.deliver(0, '', 'both', { ce_to: to, ce_receipt: 'written' })
  for (const client of clients) await client.sees(1)
  await waitFor(() => node.settled >= offset + 3)
  assert.deepEqual(await world.reasons(), [`written ${offset}`, `written ${offset}`])
})

test('a session on another slot gets the record there, marked and counted', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const client = b.connect()
  await client.hello()
  const offset = await world.deliver(a.slot, client.session, 'sent on', { 'x-a': '1' })
  await client.sees(1)
  await waitFor(() => a.settled === offset + 1)
  const forward = (await world.read(`slot.${b.slot}`)).find(({ headers }) => headers['ce_hops'] !== undefined)
  const said = ['ce_hops', 'ce_origin', 'ce_place', 'x-a'].map((name) => forward?.headers[name]?.toString())
  assert.deepEqual(said, ['1', `slot.0/0/${offset}`, `0/${offset}`, '1'])
})

test('a session that is nowhere is reported once its window is over, which is told by the log', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const offset = await world.deliver(0, away, 1)
  await waitFor(() => node.settled > offset)
  assert.deepEqual(await world.reasons(), [`no-session ${offset}`])
  assert.ok((await world.controls(0)).some((control) => control.kind === 'ended' && control.session === away))
})

test('a record that came too far is reported and goes no further', async (t) => {
  const world = await createWorld(t, { maxHops: 2 })
  const [a, b] = [await world.node('a'), await world.node('b')]
  const client = b.connect()
  await client.hello()
  const target = { kind: 'session', session: client.session } as const
  let record = incoming({ ce_to: `session:${client.session}` })
  for (const place of ['2/5', '2/5']) {
    const delivery = readDelivery(record, { from: 'slot', maxTargets: 1, secrets: [secret] })
    assert.ok(!isUnreadable(delivery))
    const { headers } = toForward(record, delivery, target, 'slot.0', secret, { place })
    record = incoming(headers)
  }
  const headers = Object.fromEntries(
    Object.entries(record.headers).map(([name, value]) => [name, value?.toString() ?? '']),
  )
  await world.send({ topic: 'slot.0', key: null, partition: 0, value: Buffer.from('{}'), headers })
  await waitFor(async () => (await world.reasons()).length === 1)
  // It was sent on by a slot, so it may have been shown there.
  assert.deepEqual(await world.reasons(), ['unconfirmed 7'])
  assert.deepEqual([client.shown, a.settled], [[], a.state.next])
})

test('when the node stops, what is unfinished stays unsettled for the next', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello({ confirms: true })
  const offset = await world.deliver(0, client.session, 1)
  await client.sees(1)
  await node.stop()
  assert.equal(await world.committed(0), offset)
})
