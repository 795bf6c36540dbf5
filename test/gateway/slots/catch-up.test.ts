// What a session missed is written as its socket takes it, told of as it is taken, and only then settled where it came from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '../../../gateway/session/session.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

test('on another node it gets what it missed, and the old log is told once the client has confirmed', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello({ confirms: true })
  const missed = await world.deliver(0, first.session, 'missed', { ce_receipt: 'confirmed' })
  await first.sees(1)
  a.kill()
  const second = b.connect()
  await second.hello({ confirms: true, ...first.back(1, String(first.welcome['position'])) })
  await second.sees(1)
  await waitFor(() => second.socket.frames.at(-1)?.kind === 'heartbeat')
  const settled = async () => (await world.controls(0)).filter(({ kind }) => kind === 'settled')
  assert.deepEqual([await settled(), await world.reasons()], [[], []])
  second.confirm()
  await waitFor(async () => (await settled()).length === 1)
  assert.deepEqual(await world.reasons(), [`confirmed ${missed}`])
})

test('a client that does not confirm has it when the socket took it, not before', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  const missed = await world.deliver(0, first.session, 'missed', { ce_receipt: 'written' })
  const second = b.connect()
  second.socket.slow = true
  await second.hello(first.back())
  await second.sees(1)
  await world.deliver(1, second.session, 'live')
  const settled = async () => (await world.controls(0)).some(({ kind }) => kind === 'settled')
  await waitFor(() => b.state.bySession.has(second.session))
  assert.deepEqual([await settled(), await world.reasons(), second.shown], [false, [], ['missed']])
  second.socket.slow = false
  second.socket.flush()
  await second.sees(2)
  await waitFor(settled)
  assert.deepEqual(await world.reasons(), [`written ${missed}`])
})

for (const [what, size, count] of [
  ['many small deliveries', 1, 400],
  ['few large ones', 15_000, 10],
] as const) {
  test(`${what} are not written faster than a slow socket takes them`, async (t) => {
    const world = await createWorld(t, { outbox: 40_000, maxDeliverySize: 20_000 })
    const node = await world.node('a')
    const first = node.connect()
    await first.hello()
    first.end()
    for (let n = 0; n < count; n++) await world.deliver(0, first.session, 'x'.repeat(size))
    const second = node.connect()
    second.socket.slow = true
    await second.hello(first.back())
    let most = 0
    await waitFor(() => {
      most = Math.max(most, second.socket.bufferedBytes)
      second.socket.flush()
      return second.shown.length === count
    })
    assert.ok(most > 1_000 && most < 40_000, String(most))
    assert.equal(second.socket.closed, undefined)
  })
}

test('what a session missed and may not see is reported before its old log is settled', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  const late = await world.deliver(0, first.session, 'late', { ce_expirytime: '2020-01-01T00:00:00Z' })
  const other = await world.deliver(0, first.session, 'of another', { ce_tenant: 'acme' })
  await world.deliver(0, first.session, 'mine')
  const second = b.connect()
  await second.hello(first.back())
  await waitFor(async () => (await world.controls(0)).some(({ kind }) => kind === 'settled'))
  assert.deepEqual(second.shown, ['mine'])
  assert.deepEqual(await world.reasons(), [`unconfirmed ${late}`, `wrong-tenant ${other}`])
})

test('a command to close that it missed closes it', async (t) => {
  const world = await createWorld(t)
  const node = await world.node('a')
  const first = node.connect()
  await first.hello()
  first.end()
  await world.deliver(0, first.session, '', { ce_command: 'close' })
  const second = node.connect()
  await second.hello(first.back())
  await waitFor(() => second.socket.closed?.code === 4409)
  await waitFor(() => node.happened.includes('ended taken-over'))
})

test('the position of a session is what it was until all it missed is written', async (t) => {
  const world = await createWorld(t)
  const [a, b] = [await world.node('a'), await world.node('b')]
  const first = a.connect()
  await first.hello()
  a.kill()
  await world.deliver(0, first.session, 'missed')
  const second = b.connect()
  second.socket.slow = true
  const welcome = await second.hello(first.back())
  assert.match(String(welcome['position']), /^0\./)
  const session = second.connection.session as Session
  const { home } = b.holder.current ?? {}
  await second.sees(1)
  assert.equal(home?.positionOf(session).slot, 0)
  second.socket.flush()
  await waitFor(() => home?.positionOf(session).slot === 1)
  assert.ok((home?.positionOf(session).next ?? 0) >= 2)
})
