// One holding of a slot: certain for as long as its lease, asked anew after a freeze, over for good once lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SlotLoss, SlotReader } from '../../../gateway/delivery/ports.ts'
import type { Leases } from '../../../gateway/registry/ports.ts'
import { Tenure } from '../../../gateway/slots/tenure.ts'
import { waitFor } from '../../support/wait.ts'

type Answer = 'held' | 'restored' | 'lost' | 'away'

function tenure(
  t: TestContext,
  options: { leaseTtl?: number; owner?: 'owner' | 'not-owner' | 'unknown' | 'fails' } = {},
) {
  const { leaseTtl = 60_000, owner = 'unknown' } = options
  const log: string[] = []
  let answer: Answer = 'held'
  const leases: Leases = {
    take: () => Promise.resolve(undefined),
    renew: () => {
      log.push('renew')
      return answer === 'away' ? Promise.reject(new Error('away')) : Promise.resolve(answer)
    },
    release: () => {
      log.push('release')
      return Promise.resolve()
    },
  }
  const reader: SlotReader = {
    nextOffset: 42,
    lag: 0,
    began: { committed: undefined, next: 0, logStart: 0 },
    committed: () => Promise.resolve(undefined),
    stillOwner: () => (owner === 'fails' ? Promise.reject(new Error('a bug')) : Promise.resolve(owner)),
    stop: () => {
      log.push('stop')
      return Promise.resolve()
    },
  }
  const lost: SlotLoss[] = []
  const held = new Tenure(
    {
      lease: { slot: 3, holder: 'gw-1', epoch: 9 },
      topic: 'slot.3',
      leases,
      leaseTtl,
      onLost: (reason) => lost.push(reason),
      onForgotten: () => log.push('forgotten'),
      onRenewal: (ok) => log.push(ok ? 'ok' : 'away'),
    },
    performance.now(),
  )
  held.reader = reader
  t.after(() => held.lose('crashed'))
  return { held, log, lost, answer: (next: Answer) => (answer = next) }
}

test('a lease is certain for its time from before it was asked for, and then asked for anew', async (t) => {
  const { held, log } = tenure(t, { leaseTtl: 300 })
  assert.equal(held.fresh(), true)
  await waitFor(() => !held.fresh())
  assert.deepEqual(await Promise.all([held.check(), held.check()]), [true, true])
  assert.deepEqual(log, ['renew', 'ok'])
  assert.equal(held.fresh(), true)
})

test('a machine that was suspended shows on the other clock alone', (t) => {
  const { held } = tenure(t)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 })
  assert.equal(held.fresh(), false)
})

test('it renews three times a lease until it ends', async (t) => {
  const { held, log } = tenure(t, { leaseTtl: 300 })
  void held.keep()
  await waitFor(() => log.filter((line) => line === 'renew').length >= 3)
  assert.equal(held.fresh(), true)
})

test('a lease that another has is the loss of the slot, told once', async (t) => {
  const { held, lost, answer, log } = tenure(t, { leaseTtl: 0 })
  answer('lost')
  assert.equal(await held.check(), false)
  held.lose('crashed')
  assert.deepEqual([lost, held.ended, log.at(-1)], [['fenced'], true, 'stop'])
  assert.equal(held.signal.aborted, true)
})

for (const [owner, fresh, losses] of [
  ['owner', true, []],
  ['not-owner', false, ['fenced']],
  ['unknown', false, []],
  ['fails', false, []],
] as const) {
  test(`with the registry away, Kafka’s "${owner}" decides`, async (t) => {
    const { held, lost, answer } = tenure(t, { leaseTtl: 200, owner })
    answer('away')
    await waitFor(() => !held.fresh())
    assert.equal(await held.check(), fresh)
    assert.deepEqual(lost, losses)
  })
}

test('a lease that was restored is not registered until all sessions are entered again', async (t) => {
  const { held, log, answer } = tenure(t, { leaseTtl: 200 })
  answer('restored')
  await waitFor(() => !held.fresh())
  assert.equal(await held.check(), true)
  assert.equal(held.registered, false)
  assert.ok(log.includes('forgotten'))
})

test('giving up commits, leaves the group, and only then releases the lease', async (t) => {
  const { held, log, lost } = tenure(t)
  await held.giveUp(100)
  await held.giveUp(100)
  assert.deepEqual([log, lost, held.fresh()], [['stop', 'release'], [], false])
})

test('once over it asks for nothing: that would take the lease anew', async (t) => {
  const { held, log } = tenure(t)
  await held.giveUp(100)
  assert.equal(await held.check(), false)
  assert.deepEqual(log, ['stop', 'release'])
})
