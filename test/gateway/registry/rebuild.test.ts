// Ten thousand sessions are back in the registry soon after it was lost, and cost it nothing while they are idle.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Redis } from 'ioredis'
import { createRegistry } from '../../../gateway/registry/registry.ts'
import { ownRedis } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { entryUnder, taken } from './worlds.ts'

const sessions = 10_000

describe('a registry of ten thousand sessions', () => {
  it('is rebuilt within two seconds of coming back empty, without holding up the process', async (t) => {
    const server = await ownRedis(t)
    const redis = { url: server.url, prefix: 'openclaw', commandTimeout: 2_000 }
    const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs: 60_000, slots: 64 })
    t.after(() => registry.close())
    const lease = await taken(registry, 'a')
    const entries = Array.from({ length: sessions }, (_, index) =>
      entryUnder(lease, { session: `session-${index}`, user: `user-${index}` }),
    )
    await registry.sessions.bindAll(entries)
    const back = new Promise<void>((resolve) => registry.onBack(resolve))
    await server.kill()
    await server.start()
    await back

    let turns = 0
    const beat = setInterval(() => {
      turns += 1
    }, 1)
    const start = performance.now()
    assert.equal(await registry.leases.renew(lease, false), 'restored')
    await registry.sessions.bindAll(entries)
    assert.equal(await registry.leases.renew(lease, true), 'held')
    const took = performance.now() - start
    clearInterval(beat)
    t.diagnostic(`${sessions} sessions in ${took.toFixed(0)} ms, ${turns} turns of a 1 ms timer meanwhile`)
    assert.ok(took < 2_000)
    assert.ok(turns > 10)
    const last = await registry.sessions.ofUser('acme', `user-${sessions - 1}`)
    assert.equal(last.found[0]?.live, true)
  })

  it('is kept alive by a renewal that costs the same however many there are', async (t) => {
    const server = await ownRedis(t)
    const redis = { url: server.url, prefix: 'openclaw', commandTimeout: 2_000 }
    const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs: 60_000, slots: 64 })
    const raw = new Redis(server.url, { retryStrategy: null })
    t.after(() => {
      raw.disconnect()
      return registry.close()
    })
    const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await raw.info('stats'))?.[1])
    const lease = await taken(registry, 'a')
    const costOf = async () => {
      const before = await commands()
      await registry.leases.renew(lease, true)
      return (await commands()) - before
    }
    await costOf()
    const empty = await costOf()
    await registry.sessions.bindAll(
      Array.from({ length: 1_000 }, (_, index) => entryUnder(lease, { session: `${index}` })),
    )
    assert.equal(await costOf(), empty)
    await waitFor(async () => (await registry.sessions.ofUser('acme', 'alice')).found.length === 1_000)
  })
})
