// Keeps the registry true to this node's sessions: enters and removes them, and enters all again when it forgot or was away.
import { setTimeout as wait } from 'node:timers/promises'
import type { SessionEntry } from '../delivery/ports.ts'
import type { Events } from '../events.ts'
import type { SessionRegistry } from '../registry/ports.ts'
import type { Roster } from './roster.ts'
import type { Session } from './session.ts'

/** The slot's holding, which tells the registry whether all of its sessions are entered. */
export type Held = { readonly slot: number; readonly epoch: number; registered: boolean }

/** What the registry has to know of a session. */
export type Registered = Pick<Session, 'id' | 'principal' | 'generation' | 'slot'>

export type RegistrationDeps = {
  readonly sessions: Pick<SessionRegistry, 'bind' | 'bindAll' | 'unbind'>
  readonly roster: Roster<{ readonly session: Session | undefined }>
  /** Sessions of this slot whose connection is gone and that can be resumed. */
  readonly detached: () => Iterable<Registered>
  /** Sessions that a user may have at a time; undefined: any number. */
  readonly most: number | undefined
  /** Pushed out of the registry by a newer session of their user. */
  readonly onEvicted: (entries: readonly SessionEntry[]) => void
  readonly events: Events
  readonly held: () => Held | undefined
  /** Milliseconds for which a lost session can be resumed. */
  readonly resumeWindow: number
  readonly signal: AbortSignal
}

export type Registration = {
  /** Resolves when the session is entered, or will be as soon as the registry is back. */
  bind(session: Session, slot: Pick<Held, 'slot' | 'epoch'>): Promise<void>
  unbind(session: Registered): void
  /**
   * The slot is another node's now. Its sessions stay entered under its old epoch until they come back elsewhere or are
   * reaped; where the registry forgets them meanwhile, only this node can enter them again.
   */
  lose(slot: Pick<Held, 'slot' | 'epoch'>, away: Iterable<Registered>): void
  /** Something may be missing: everything is entered again. Many calls make one rebuild. */
  rebuild(): void
}

const retryMs = 250
/** Removals remembered while the registry is away; past it the reaper finds what is left. */
const mostRemovals = 100_000

export function createRegistration(deps: RegistrationDeps): Registration {
  const removals = new Map<string, SessionEntry>()
  /** Sessions that could not be entered when they began; not all of them are in the roster yet. */
  const missed = new Map<string, Registered>()
  /** Sessions of lost slots, and until when they may be resumed. */
  const orphans = new Map<string, { readonly entry: SessionEntry; readonly until: number }>()
  let rebuilding = false
  let dirty = false

  const present = (): Session[] => [...deps.roster.all()].flatMap(({ session }) => session ?? [])

  const enterOrphans = async (): Promise<void> => {
    const now = performance.now()
    for (const [id, { entry, until }] of orphans) {
      const back = deps.roster.find(id)?.session
      if (until < now || (back !== undefined && back.generation > entry.generation)) orphans.delete(id)
    }
    await deps.sessions.bindAll([...orphans.values()].map(({ entry }) => entry))
  }

  const once = async (held: Held | undefined): Promise<void> => {
    const started = performance.now()
    dirty = false
    if (orphans.size > 0) await enterOrphans()
    if (held === undefined) return
    const gone = [...removals.values()]
    const late = [...missed.values()]
    // Sessions of a slot that was lost only wait for their sockets to end.
    const all: readonly Registered[] = [...late, ...deps.detached(), ...present()]
    const here = new Map(all.filter(({ slot }) => slot === held.slot).map((session) => [session.id, session]))
    const entries = [...here.values()].map((session) => toEntry(session, held))
    await deps.sessions.bindAll(entries)
    const away = new Set([...deps.detached()].map(({ id }) => id))
    for (const session of late) if (deps.roster.find(session.id)) missed.delete(session.id)
    if (!dirty) held.registered = true
    // What ended while it was being entered was removed too early.
    const over = (id: string): boolean => !missed.has(id) && !away.has(id) && !deps.roster.find(id)
    gone.push(...entries.filter(({ session }) => over(session)))
    for (const entry of gone) {
      await deps.sessions.unbind(entry)
      removals.delete(entry.session)
    }
    deps.events.registryRebuilt(entries.length, performance.now() - started)
  }

  const run = async (): Promise<void> => {
    while (dirty && !deps.signal.aborted) {
      await once(deps.held()).catch(async (failure: unknown) => {
        dirty = true
        deps.events.registryFailed('rebuild', failure)
        await wait(retryMs, undefined, { signal: deps.signal }).catch(() => undefined)
      })
    }
  }

  const rebuild = (): void => {
    dirty = true
    const held = deps.held()
    if (held !== undefined) held.registered = false
    if (rebuilding) return
    rebuilding = true
    void run().finally(() => {
      rebuilding = false
    })
  }

  return {
    rebuild,
    lose({ slot, epoch }, away) {
      const until = performance.now() + deps.resumeWindow
      for (const session of [...away, ...present()]) {
        if (session.slot !== slot || orphans.size >= mostRemovals) continue
        orphans.set(session.id, { entry: toEntry(session, { slot, epoch }), until })
      }
      // At once, so that the end of their lease is noted whatever became of that.
      rebuild()
    },
    async bind(session, slot) {
      try {
        const evicted = await deps.sessions.bind(toEntry(session, slot), deps.most)
        if (evicted.length > 0) deps.onEvicted(evicted)
      } catch (failure) {
        deps.events.registryFailed('bind', failure)
        missed.set(session.id, session)
        rebuild()
      }
    },
    unbind(session) {
      missed.delete(session.id)
      const held = deps.held()
      // Entries of a lost slot are under its old epoch: whoever reaps the slot removes them.
      if (held === undefined || held.slot !== session.slot) return
      const entry = toEntry(session, held)
      deps.sessions.unbind(entry).catch((failure: unknown) => {
        deps.events.registryFailed('unbind', failure)
        if (removals.size < mostRemovals) removals.set(entry.session, entry)
        rebuild()
      })
    },
  }
}

const toEntry = (
  { id, principal, generation }: Registered,
  { slot, epoch }: Pick<Held, 'slot' | 'epoch'>,
): SessionEntry => ({
  session: id,
  tenant: principal.tenant,
  ...(principal.user === undefined ? {} : { user: principal.user }),
  slot,
  epoch,
  generation,
})
