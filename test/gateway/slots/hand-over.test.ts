// A delivery in the hands of a connection: when it is settled, whom it is not for, and what is told of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

test('a delivery is settled when the socket has it, and not before', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  client.socket.slow = true
  const offset = await world.send({
    topic: 'slot.0',
    key: null,
    partition: 0,
    value: Buffer.from('{"n":9007199254740993}'),
    headers: { ce_to: `session:${client.session}` },
  })
  await client.sees(1)
  assert.equal(node.settled, offset)
  assert.match(client.socket.sent.at(-1) ?? '', /"payload":\{"n":9007199254740993\}/)
  client.socket.flush()
  assert.equal(node.settled, offset + 1)
})

test('to a client that confirms it is settled when that has handled it', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello({ confirms: true })
  const first = await world.deliver(0, client.session, 1)
  await client.sees(1)
  const early = client.position
  const second = await world.deliver(0, client.session, 2)
  await client.sees(2)
  assert.equal(node.settled, first)
  client.confirm(early)
  assert.equal(node.settled, second)
  client.confirm()
  assert.equal(node.settled, second + 1)
})

test('a reply answers the request that is open; one that ended before is passed over', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  const { requests } = client.connection.session ?? assert.fail()
  const open = { stopTimer: () => undefined, tellBackend: () => undefined }
  requests.open('q', open)
  requests.open('late', open)
  requests.abandon('late')
  const reply = (request: string, more: Record<string, string> = {}) =>
    world.deliver(0, client.session, request, { ce_session: client.session, ce_request: request, ...more })
  await reply('q', { ce_more: 'true' })
  await client.sees(1)
  assert.equal(requests.stateOf('q'), 'open')
  await reply('late')
  const last = await reply('q')
  await client.sees(2)
  assert.equal(requests.stateOf('q'), 'unknown')
  assert.deepEqual(
    client.socket.frames.slice(1).map(({ kind, id }) => [kind, id]),
    [
      ['reply', 'q'],
      ['reply', 'q'],
    ],
  )
  assert.equal(node.settled, last + 1)
})

test('another tenant is never reached, and a session that is left out is left out', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const client = node.connect({ principal: { user: 'alice', tenant: 'acme', claims: {} } })
  await client.hello()
  const first = await world.deliver(0, client.session, 'of no tenant')
  await world.deliver(0, client.session, 'of another', { ce_tenant: 'other' })
  const mine = { ce_tenant: 'acme' }
  await world.deliver(0, client.session, 'not me', { ...mine, ce_except: `session:${client.session}` })
  await world.deliver(0, client.session, 'mine', mine)
  await client.sees(1)
  assert.deepEqual(client.shown, ['mine'])
  await waitFor(() => node.settled === first + 4)
  assert.deepEqual(await world.reasons(), [`wrong-tenant ${first}`, `wrong-tenant ${first + 1}`])
})

test('what is too late or too large is not shown but reported', async (t) => {
  const world = await createWorld(t, { maxDeliverySize: 1_000 })
  const node = await world.node('a')
  const client = node.connect()
  await client.hello()
  const late = await world.deliver(0, client.session, 'late', { ce_expirytime: '2020-01-01T00:00:00Z' })
  const large = await world.deliver(0, client.session, 'x'.repeat(1_001))
  await world.deliver(0, client.session, 'in time', { ce_expirytime: '2100-01-01T00:00:00Z' })
  await client.sees(1)
  assert.deepEqual(client.shown, ['in time'])
  await waitFor(() => node.settled === large + 2)
  assert.deepEqual(await world.reasons(), [`deadline-passed ${late}`, `too-large ${large}`])
})

test('receipts that were asked for are in Kafka before the delivery counts as settled', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const [plain, confirming] = [node.connect(), node.connect()]
  await plain.hello()
  await confirming.hello({ confirms: true })
  const first = await world.deliver(0, plain.session, 1, { ce_receipt: 'confirmed' })
  const second = await world.deliver(0, confirming.session, 2, { ce_receipt: 'written' })
  const third = await world.deliver(0, confirming.session, 3, { ce_receipt: 'confirmed' })
  await confirming.sees(2)
  await waitFor(async () => (await world.reasons()).length === 2)
  assert.deepEqual(await world.reasons(), [`confirmed ${first}`, `written ${second}`])
  await waitFor(() => node.settled === second)
  confirming.confirm()
  assert.ok(node.state.entries.get(third) !== undefined)
  await waitFor(() => node.settled === third + 1)
  assert.deepEqual((await world.reasons()).at(-1), `confirmed ${third}`)
})
