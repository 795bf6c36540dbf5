// What the in-memory registry remembers, shared by all nodes of one test: leases, entries, and where those of ended leases are.
import type { FoundSession, SessionEntry } from '../delivery/ports.ts'
import { MemoryLimits } from './memory-limits.ts'
import { MemoryMembers } from './memory-members.ts'
import { MemoryTickets } from './memory-tickets.ts'
import type { Lease, Leases } from './ports.ts'

type Held = { readonly epoch: number; ends: number; holder: string | undefined; registered: boolean }

/** Stands in for one Redis. `wipe` and `available` are for tests of what happens then. */
export class MemoryStore {
  readonly members = new MemoryMembers(this)
  readonly tickets: MemoryTickets
  readonly limits: MemoryLimits
  /** False: every call of every registry on this store fails, until it is true again. */
  #available = true
  #birth: number | undefined
  /** Who removes old entries at the moment. */
  #reaper: object | undefined
  readonly #leases = new Map<number, Held>()
  /** When leases ended that are no longer their slot's current one, by slot and epoch. */
  readonly #ended = new Map<string, number>()
  readonly #entries = new Map<string, SessionEntry>()
  readonly #backListeners = new Set<() => void>()
  readonly #now: () => number

  /** `now` answers ms since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now
    this.tickets = new MemoryTickets(now)
    this.limits = new MemoryLimits(this, now)
  }

  get available(): boolean {
    return this.#available
  }

  set available(available: boolean) {
    const back = available && !this.#available
    this.#available = available
    if (back) for (const listener of this.#backListeners) listener()
  }

  onBack(listener: () => void): () => void {
    this.#backListeners.add(listener)
    return () => this.#backListeners.delete(listener)
  }

  /** Forgets everything, as a Redis does that comes back empty. */
  wipe(): void {
    this.#birth = undefined
    this.#leases.clear()
    this.#ended.clear()
    this.#entries.clear()
    this.members.wipe()
    this.tickets.wipe()
    this.limits.wipe()
  }

  take(
    holder: string,
    ttlMs: number,
    slots: number,
    { prefer, only, avoid = [] }: Parameters<Leases['take']>[1],
  ): Lease | undefined {
    const at = this.#begin()
    const rank = (slot: number): number => {
      const held = this.#leases.get(slot)
      if (slot === prefer) return -1
      return held?.holder === undefined ? at + 1 + slot : held.ends
    }
    const free = Array.from({ length: slots }, (_, slot) => slot)
      .filter((slot) => (only ?? slot) === slot && !avoid.includes(slot) && this.#endsAt(slot) <= at)
      .sort((one, other) => rank(one) - rank(other))
    const slot = free[0]
    if (slot === undefined) return undefined
    this.#depart(slot, at)
    const epoch = Math.max(at, (this.#leases.get(slot)?.epoch ?? 0) + 1)
    this.#leases.set(slot, { epoch, ends: at + ttlMs, holder, registered: true })
    return { slot, holder, epoch }
  }

  renew({ slot, epoch, holder }: Lease, ttlMs: number, registered: boolean): 'held' | 'restored' | 'lost' {
    const at = this.#begin()
    const held = this.#leases.get(slot)
    const restored = held === undefined || held.epoch < epoch
    if (!restored && (held.epoch !== epoch || held.holder !== holder)) return 'lost'
    if (restored) this.#depart(slot, at)
    this.#ended.delete(`${slot} ${epoch}`)
    this.#leases.set(slot, { epoch, ends: at + ttlMs, holder, registered: registered && !restored })
    return restored ? 'restored' : 'held'
  }

  release({ slot, epoch, holder }: Lease): void {
    const held = this.#leases.get(slot)
    if (held?.epoch !== epoch || held.holder !== holder) return
    held.ends = this.#now()
    held.holder = undefined
    held.registered = true
  }

  /** Answers those that the user may not keep beside it, or itself. */
  bind(entry: SessionEntry, most?: number): readonly SessionEntry[] {
    const old = this.#entries.get(entry.session)
    if (old && old.generation > entry.generation) return []
    this.#entries.set(entry.session, entry)
    const key = `${entry.slot} ${entry.epoch}`
    if (this.#leases.get(entry.slot)?.epoch !== entry.epoch && !this.#ended.has(key))
      this.#ended.set(key, this.#now())
    if (entry.user === undefined || most === undefined) return []
    const theirs = [...this.#entries.values()].filter(
      ({ tenant, user }) => tenant === entry.tenant && user === entry.user,
    )
    const rank = (one: SessionEntry) => one.generation + (one === entry ? 0.5 : 0)
    const evicted = theirs
      .sort((one, other) => rank(one) - rank(other))
      .slice(0, Math.max(0, theirs.length - most))
    for (const { session } of evicted) this.#entries.delete(session)
    return evicted
  }

  /** Answers whether there was an entry of this generation. */
  unbind({ session, generation }: Pick<SessionEntry, 'session' | 'generation'>): boolean {
    return this.#entries.get(session)?.generation === generation && this.#entries.delete(session)
  }

  find(wanted: (entry: SessionEntry) => boolean): readonly FoundSession[] {
    const at = this.#now()
    return [...this.#entries.values()].filter(wanted).map((entry) => {
      const ends = this.#endOf(entry)
      return { ...entry, live: ends > at, detachedMs: Math.max(0, at - ends) }
    })
  }

  liveSlots(): readonly number[] {
    const at = this.#now()
    return [...this.#leases].filter(([, held]) => held.ends > at).map(([slot]) => slot)
  }

  isLive(slot: number, epoch: number): boolean {
    const held = this.#leases.get(slot)
    return held !== undefined && held.epoch <= epoch && held.ends > this.#now()
  }

  complete(ttlMs: number): boolean {
    const at = this.#now()
    const grown = this.#birth !== undefined && at - this.#birth >= ttlMs
    return grown && [...this.#leases.values()].every((held) => held.registered || held.ends <= at)
  }

  /** What one reaper may do here. */
  leftovers(): {
    next(graceMs: number, limit: number): readonly SessionEntry[]
    yieldClaim(): void
  } {
    const token = {}
    return {
      next: (graceMs, limit) => {
        this.#reaper ??= token
        if (this.#reaper !== token) return []
        const at = this.#now()
        return [...this.#entries.values()]
          .filter((entry) => at - this.#endOf(entry) >= graceMs)
          .slice(0, limit)
      },
      yieldClaim: () => {
        if (this.#reaper !== token) return
        this.#reaper = undefined
        const inUse = new Set([...this.#entries.values()].map(({ slot, epoch }) => `${slot} ${epoch}`))
        for (const key of this.#ended.keys()) if (!inUse.has(key)) this.#ended.delete(key)
      },
    }
  }

  #begin(): number {
    const at = this.#now()
    this.#birth ??= at
    return at
  }

  #endsAt(slot: number): number {
    return this.#leases.get(slot)?.ends ?? 0
  }

  #endOf({ slot, epoch }: SessionEntry): number {
    const held = this.#leases.get(slot)
    if (held && held.epoch <= epoch) return held.ends
    return this.#ended.get(`${slot} ${epoch}`) ?? Math.min(this.#now(), held?.epoch ?? this.#now())
  }

  #depart(slot: number, at: number): void {
    const held = this.#leases.get(slot)
    if (held) this.#ended.set(`${slot} ${held.epoch}`, Math.min(held.ends, at))
  }
}
