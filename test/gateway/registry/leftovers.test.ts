// The claim of a reaper on Redis lasts as long as its work, and no longer than a round.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { toBase } from '../../../gateway/registry/keys.ts'
import { createReaper } from '../../../gateway/registry/leftovers.ts'
import type { ReapBounds } from '../../../gateway/registry/reap.ts'
import { connectRedis } from '../../../gateway/registry/redis.ts'
import { createRegistry } from '../../../gateway/registry/registry.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { entryUnder, taken } from './worlds.ts'

/** Sessions that a dead node left, and a way to reap them within bounds of one's own. */
async function orphans(t: TestContext, count: number) {
  const redis = { url: (await testStack()).redisUrl, prefix: randomName(), commandTimeout: 5_000 }
  const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs: 1, slots: 8 })
  const connection = await connectRedis(redis)
  const base = toBase(redis.prefix, 'main')
  t.after(async () => {
    await registry.sessions.reap({ graceMs: 0, limit: 1_000, report: () => Promise.resolve() })
    await Promise.all([connection.close(), registry.close()])
  })
  const lease = await taken(registry, 'a')
  await registry.sessions.bindAll(
    Array.from({ length: count }, (_, n) => entryUnder(lease, { session: `s${n}` })),
  )
  await waitFor(async () => (await registry.sessions.ofSession('s0')).found?.live === false)
  const reap = (bounds: ReapBounds, limit: number, report: () => Promise<void>) =>
    createReaper(connection, base, bounds)({ graceMs: 0, limit, report })
  return reap
}

const nothing = () => Promise.resolve()

describe('a reaper on Redis', () => {
  it('keeps its claim while a report takes longer than the claim', async (t) => {
    const reap = await orphans(t, 1)
    const bounds = { claimMs: 400, roundMs: 60_000 }
    const since = performance.now()
    const report = () =>
      waitFor(async () => {
        assert.equal(await reap(bounds, 10, nothing), 0)
        return performance.now() - since > 2 * bounds.claimMs
      }).then(() => undefined)
    assert.equal(await reap(bounds, 10, report), 1)
  })

  it('loses its claim when a report hangs for longer than a round', async (t) => {
    const reap = await orphans(t, 1)
    const hanging = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    const late = reap({ claimMs: 50, roundMs: 100 }, 10, () => {
      started.resolve()
      return hanging.promise
    })
    await started.promise
    await waitFor(async () => (await reap({ claimMs: 50, roundMs: 100 }, 10, nothing)) === 1)
    hanging.resolve()
    assert.equal(await late, 0, 'nothing is left to remove')
  })

  it('begins no chunk after the time of a round', async (t) => {
    const reap = await orphans(t, 25)
    const bounds = { claimMs: 30_000, roundMs: 0 }
    const removed = []
    for (let round = 0; round < 4; round++) removed.push(await reap(bounds, 10, nothing))
    assert.deepEqual(removed, [10, 10, 5, 0])
  })
})
