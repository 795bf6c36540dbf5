// The places where a registry can live, for tests that must hold in each: several nodes, one store, and a way to wipe it.
import type { TestContext } from 'node:test'
import { Redis } from 'ioredis'
import type { RedisConfig } from '../../../gateway/config/settings.ts'
import type { SessionEntry } from '../../../gateway/delivery/ports.ts'
import { createMemoryRegistry } from '../../../gateway/registry/memory.ts'
import { MemoryStore } from '../../../gateway/registry/memory-store.ts'
import type { Lease, Registry } from '../../../gateway/registry/ports.ts'
import { createRegistry } from '../../../gateway/registry/registry.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'

export type World = {
  /** A node of the cluster; all nodes share one store. Lease times differ where a test wants them to. */
  node(options?: { leaseTtlMs?: number; slots?: number }): Promise<Registry>
  /** Forgets everything the cluster ever entered. */
  wipe(): Promise<void>
}

export type CreateWorld = (t: TestContext) => World

/** A prefix of its own on the Redis of the test run. */
export const redisWorld: CreateWorld = (t) => {
  const prefix = randomName()
  const wipe = async () => {
    const raw = new Redis((await testStack()).redisUrl)
    const keys = await raw.keys(`${prefix}:*`)
    if (keys.length > 0) await raw.del(keys)
    raw.disconnect()
  }
  t.after(wipe)
  return {
    wipe,
    async node({ leaseTtlMs = 60_000, slots = 8 } = {}) {
      const redis = { url: (await testStack()).redisUrl, prefix, commandTimeout: 5_000 }
      const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs, slots })
      t.after(() => registry.close())
      return registry
    },
  }
}

/** On a Redis of the caller's, reached by these settings, with a prefix of its own; `urls` are all that hold something. */
export const worldOn =
  (
    place: () => Promise<{ redis: Partial<RedisConfig>; urls: readonly string[] }>,
    prefix: string,
  ): CreateWorld =>
  (t) => {
    const wipe = async () => {
      for (const url of (await place()).urls) {
        const raw = new Redis(url, { retryStrategy: null })
        // One by one: those of a cluster are not all on one node's slots.
        for (const key of await raw.keys('*')) await raw.del(key)
        raw.disconnect()
      }
    }
    t.after(wipe)
    return {
      wipe,
      async node({ leaseTtlMs = 60_000, slots = 8 } = {}) {
        const given = {
          url: 'redis://127.0.0.1:6379',
          prefix,
          commandTimeout: 5_000,
          ...(await place()).redis,
        }
        const registry = await createRegistry({ redis: given, cluster: 'main', leaseTtlMs, slots })
        t.after(() => registry.close())
        return registry
      },
    }
  }

export const memoryWorld: CreateWorld = (t) => {
  const store = new MemoryStore()
  return {
    wipe: async () => store.wipe(),
    async node({ leaseTtlMs = 60_000, slots = 8 } = {}) {
      const registry = createMemoryRegistry({ leaseTtlMs, slots, store })
      t.after(() => registry.close())
      return registry
    },
  }
}

/** A lease that the test cannot do without. */
export async function taken(registry: Registry, holder: string, prefer?: number): Promise<Lease> {
  const lease = await registry.leases.take(holder, prefer === undefined ? {} : { prefer })
  if (!lease) throw new Error('no slot was free')
  return lease
}

/** An entry under a lease: tenant `acme`, user `alice`, generation 1, unless said otherwise. */
export const entryUnder = (lease: Lease, given: Partial<SessionEntry> = {}): SessionEntry => ({
  session: randomName('session'),
  tenant: 'acme',
  user: 'alice',
  generation: 1,
  slot: lease.slot,
  epoch: lease.epoch,
  ...given,
})
