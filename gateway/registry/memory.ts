// A registry in memory with the same behaviour as the one on Redis: for tests of what uses a registry, several nodes included.

import type { SessionEntry } from '../delivery/ports.ts'
import { assertHolder } from './leases.ts'
import { toLeft } from './members.ts'
import { MemoryLimits } from './memory-limits.ts'
import type { Overdue } from './memory-members.ts'
import { MemoryStore } from './memory-store.ts'
import { type Registry, RegistryUnavailable } from './ports.ts'
import { type Leftovers, reapBounds, reapRound } from './reap.ts'

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
  /** What this node counts while the store is away. */
  const alone = new MemoryLimits(store, Date.now)

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
      async take(holder, wishes) {
        assertHolder(holder)
        return answer((store) => store.take(holder, leaseTtlMs, slots, wishes))
      },
      renew: (lease, registered) => answer((store) => store.renew(lease, leaseTtlMs, registered)),
      release: (lease) => answer((store) => store.release(lease)),
    },
    sessions: {
      ofUser: (tenant, user) =>
        resolved((store) => store.find((entry) => entry.tenant === tenant && entry.user === user)),
      ofSession: (session) => resolved((store) => store.find((entry) => entry.session === session)[0]),
      liveSlots: () => resolved((store) => store.liveSlots()),
      bind: (entry, most) => answer((store) => store.bind(entry, most)),
      bindAll: (entries) => answer((store) => entries.forEach((entry) => void store.bind(entry))),
      async unbind(entry) {
        await answer((store) => store.unbind(entry))
      },
      reap(options) {
        const { next, yieldClaim } = store.leftovers()
        const leftovers: Leftovers<SessionEntry> = {
          next: (graceMs, limit) => answer(() => next(graceMs, limit)),
          remove: (entries) => answer((store) => entries.filter((entry) => store.unbind(entry)).length),
          // A claim here lasts until it is given back: process and store end together.
          keepClaim: () => Promise.resolve(),
          yieldClaim: async () => yieldClaim(),
        }
        return reapRound(leftovers, options, reapBounds)
      },
    },
    members: {
      write: (standings, most) => answer(({ members }) => members.write(standings, most, leaseTtlMs)),
      async told(stands) {
        await answer(({ members }) => members.told(stands))
      },
      list: (place, most) => answer(({ members }) => members.list(place, most)),
      count: (slot, epoch) => answer(({ members }) => members.count(slot, epoch)),
      tell({ most, limit, report }) {
        const token = {}
        const leftovers: Leftovers<Overdue> = {
          next: (_, at) => answer(({ members }) => members.overdue(token, { limit: at, most }, leaseTtlMs)),
          remove: (stands) => answer(({ members }) => members.told(stands)),
          keepClaim: () => Promise.resolve(),
          yieldClaim: async () => store.members.yieldClaim(token),
        }
        const reaping = { graceMs: 0, limit, report: (gone: readonly Overdue[]) => report(gone.map(toLeft)) }
        return reapRound(leftovers, reaping, reapBounds)
      },
    },
    tickets: {
      put: (hash, value, ttlMs) => answer(({ tickets }) => tickets.put(hash, value, ttlMs)),
      take: (hash) => answer(({ tickets }) => tickets.take(hash)),
      look: (hash) => answer(({ tickets }) => tickets.look(hash)),
    },
    windows: {
      add: (name, key, rate, by) =>
        answer(({ limits }) => limits.add(name, key, rate, by)).catch(() => alone.add(name, key, rate, by)),
    },
    holdings: {
      set: (key, mine, under) => answer(({ limits }) => limits.set(key, mine, under)),
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
