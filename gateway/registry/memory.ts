// A registry in memory with the same behaviour as the one on Redis: for tests of what uses a registry, several nodes included.
import { assertHolder } from './leases.ts'
import { MemoryStore } from './memory-store.ts'
import { type Registry, RegistryUnavailable } from './ports.ts'

export type MemoryRegistryOptions = {
  readonly leaseTtlMs: number
  readonly slots: number
  /** Shared by the nodes of one cluster; default one of its own. */
  readonly store?: MemoryStore
}

export function createMemoryRegistry(options: MemoryRegistryOptions): Registry {
  const { leaseTtlMs, slots, store = new MemoryStore() } = options
  const unregister: (() => void)[] = []
  let closed = false

  /** Answers in a later turn, as a network does. */
  const answer = async <T>(operation: (store: MemoryStore) => T): Promise<T> => {
    await Promise.resolve()
    if (closed || !store.available) throw new RegistryUnavailable('registry: the store is away')
    return operation(store)
  }
  const resolved = <T>(operation: (store: MemoryStore) => T) =>
    answer((store) => ({ found: operation(store), complete: store.complete(leaseTtlMs) }))

  return {
    leases: {
      async take(holder, { prefer, avoid }) {
        assertHolder(holder)
        return answer((store) => store.take(holder, leaseTtlMs, slots, prefer, avoid))
      },
      renew: (lease, registered) => answer((store) => store.renew(lease, leaseTtlMs, registered)),
      release: (lease) => answer((store) => store.release(lease)),
    },
    sessions: {
      ofUser: (tenant, user) =>
        resolved((store) => store.find((entry) => entry.tenant === tenant && entry.user === user)),
      ofSession: (session) => resolved((store) => store.find((entry) => entry.session === session)[0]),
      liveSlots: () => resolved((store) => store.liveSlots()),
      bind: (entry) => answer((store) => store.bind(entry)),
      bindAll: (entries) => answer((store) => entries.forEach((entry) => store.bind(entry))),
      async unbind(entry) {
        await answer((store) => store.unbind(entry))
      },
      async reap({ graceMs, limit, report }) {
        const claim = await answer((store) => store.overdue(graceMs, limit))
        if (!claim) return 0
        try {
          if (claim.entries.length > 0) await report(claim.entries)
          return await answer((store) => claim.entries.filter((entry) => store.unbind(entry)).length)
        } finally {
          claim.done()
        }
      },
    },
    get available() {
      return !closed && store.available
    },
    onBack(listener) {
      const off = store.onBack(listener)
      unregister.push(off)
      return off
    },
    async close() {
      closed = true
      for (const off of unregister) off()
    },
  }
}
