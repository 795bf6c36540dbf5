// A Redis that dies, freezes, or comes back empty costs the registry its answers for that time, and nothing else.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { freePorts } from '../../../cli/stack/ports.ts'
import type { Registry } from '../../../gateway/registry/ports.ts'
import { RegistryUnavailable } from '../../../gateway/registry/ports.ts'
import { createRegistry, type RegistryOptions } from '../../../gateway/registry/registry.ts'
import { ownRedis } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { entryUnder, taken } from './worlds.ts'

const commandTimeout = 300

async function registryOn(
  t: TestContext,
  url: string,
  more: Partial<RegistryOptions> = {},
): Promise<Registry> {
  const redis = { url, prefix: 'openclaw', commandTimeout }
  const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs: 60_000, slots: 8, ...more })
  t.after(() => registry.close())
  return registry
}

const listening = (registry: Registry): { count: number } => {
  const heard = { count: 0 }
  registry.onBack(() => {
    heard.count += 1
  })
  return heard
}

describe('a registry whose Redis fails', () => {
  it('says so when Redis is killed, and restores leases and sessions when it is back empty', async (t) => {
    const server = await ownRedis(t)
    const reasons: string[] = []
    const registry = await registryOn(t, server.url, { onAway: ({ message }) => void reasons.push(message) })
    const heard = listening(registry)
    const lease = await taken(registry, 'a')
    const entry = entryUnder(lease)
    await registry.sessions.bind(entry)

    await server.kill()
    await waitFor(() => !registry.available)
    assert.equal(reasons.length, 1)
    await assert.rejects(registry.sessions.ofUser('acme', 'alice'), RegistryUnavailable)
    await assert.rejects(registry.leases.renew(lease, true), RegistryUnavailable)
    assert.equal(heard.count, 0)

    await server.start()
    await waitFor(() => registry.available)
    assert.equal(heard.count, 1)
    assert.deepEqual(await registry.sessions.ofSession(entry.session), { found: undefined, complete: false })
    assert.equal(await registry.leases.renew(lease, true), 'restored')
    await registry.sessions.bindAll([entry])
    assert.equal(await registry.leases.renew(lease, true), 'held')
    assert.equal((await registry.sessions.ofSession(entry.session)).found?.live, true)
    assert.equal(reasons.length, 1)
  })

  it('learns of a wipe at the next renewal when the connection stayed', async (t) => {
    const server = await ownRedis(t)
    const registry = await registryOn(t, server.url, { leaseTtlMs: 200 })
    const lease = await taken(registry, 'a')
    const entry = entryUnder(lease)
    await registry.sessions.bind(entry)
    const raw = new Redis(server.url, { retryStrategy: null })
    await raw.flushall()
    await raw.quit()
    assert.equal((await registry.sessions.ofUser('acme', 'alice')).complete, false)
    assert.equal(await registry.leases.renew(lease, true), 'restored')
    await registry.sessions.bindAll([entry])
    const { found } = await waitFor(async () => {
      assert.equal(await registry.leases.renew(lease, true), 'held')
      const answer = await registry.sessions.ofUser('acme', 'alice')
      return answer.complete && answer
    })
    assert.equal(found.length, 1)
  })

  it('counts a session as away only since its slot was taken anew, where its lease alone was forgotten', async (t) => {
    const server = await ownRedis(t)
    const registry = await registryOn(t, server.url, { leaseTtlMs: 50 })
    const entry = entryUnder(await taken(registry, 'a'))
    await registry.sessions.bind(entry)
    const began = performance.now()
    await waitFor(() => performance.now() - began > 500)
    const raw = new Redis(server.url, { retryStrategy: null })
    const [key = ''] = await raw.keys('*slots')
    await raw.hdel(key, String(entry.slot))
    const away = async () => (await registry.sessions.ofSession(entry.session)).found?.detachedMs ?? -1
    assert.equal(await away(), 0)
    assert.equal((await taken(registry, 'b', entry.slot)).slot, entry.slot)
    const ms = await away()
    await raw.quit()
    assert.ok(ms >= 0 && ms < 400, `away for ${ms} ms`)
  })

  it('answers within its deadline when Redis is frozen, and is back soon after it thaws', async (t) => {
    const server = await ownRedis(t)
    const registry = await registryOn(t, server.url)
    const heard = listening(registry)
    const lease = await taken(registry, 'a')
    server.signal('SIGSTOP')
    const start = performance.now()
    await assert.rejects(registry.leases.renew(lease, true), RegistryUnavailable)
    assert.ok(performance.now() - start < 10 * commandTimeout)
    assert.equal(registry.available, false)
    await waitFor(async () => {
      const asked = performance.now()
      await registry.leases.renew(lease, true).catch(() => {})
      return performance.now() - asked < commandTimeout / 4
    })
    server.signal('SIGCONT')
    await waitFor(() => registry.available)
    assert.equal(await registry.leases.renew(lease, true), 'held')
    assert.equal(heard.count, 1)
  })

  it('refuses at once, and keeps nothing, what is asked while Redis is away', async (t) => {
    const server = await ownRedis(t)
    const registry = await registryOn(t, server.url)
    const entry = entryUnder(await taken(registry, 'a'))
    await server.kill()
    await waitFor(() => !registry.available)
    const refused = await Promise.allSettled(
      Array.from({ length: 50_000 }, () => registry.sessions.bind(entry)),
    )
    assert.ok(
      refused.every((each) => each.status === 'rejected' && each.reason instanceof RegistryUnavailable),
    )
    await server.start()
    await waitFor(() => registry.available)
    assert.equal((await registry.sessions.ofSession(entry.session)).found, undefined)
  })

  it('bounds what waits for a Redis that has stopped answering', async (t) => {
    const server = await ownRedis(t)
    const registry = await registryOn(t, server.url)
    const entry = entryUnder(await taken(registry, 'a'))
    server.signal('SIGSTOP')
    const asked = Array.from({ length: 30_000 }, () => registry.sessions.bind(entry))
    const first = await Promise.race(
      asked.map((each, index) =>
        each.then(
          () => -1,
          () => index,
        ),
      ),
    )
    assert.ok(first >= 20_000, `the first refusal was of number ${first}`)
    await Promise.allSettled(asked)
    server.signal('SIGCONT')
    await waitFor(() => registry.available)
    await registry.sessions.bind(entry)
  })

  it('opens without a Redis, and finds it when it starts', async (t) => {
    const server = await ownRedis(t)
    await server.kill()
    const registry = await registryOn(t, server.url)
    const heard = listening(registry)
    assert.equal(registry.available, false)
    await assert.rejects(registry.leases.take('a', {}), RegistryUnavailable)
    await server.start()
    await waitFor(() => registry.available)
    assert.equal(heard.count, 1)
    await taken(registry, 'a')
  })

  it('says nothing of the password when Redis refuses it', async (t) => {
    const server = await ownRedis(t)
    const url = server.url.replace('//', '//user:hunter2@')
    const registry = await registryOn(t, url)
    await assert.rejects(registry.leases.take('a', {}), (error: Error) => {
      assert.ok(error instanceof RegistryUnavailable)
      assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /hunter2/)
      return true
    })
  })

  it('opens and closes where nothing ever listens', async (t) => {
    const [port] = await freePorts(1)
    const registry = await registryOn(t, `redis://127.0.0.1:${port}`)
    await registry.close()
    await assert.rejects(registry.sessions.liveSlots(), RegistryUnavailable)
  })
})
