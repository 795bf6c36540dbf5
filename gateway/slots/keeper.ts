// Keeps one slot for as long as it is this node's: its log, its sessions, and whoever is away.

import type { SlotLoss } from '../delivery/ports.ts'
import type { Resolver } from '../delivery/resolve.ts'
import type { Events } from '../events.ts'
import type { Entry } from '../moving/slot-state.ts'
import type { Lease, Leases } from '../registry/ports.ts'
import { notResumed } from '../session/session-events.ts'
import { endRevoked } from './end-revoked.ts'
import { type Absent, endDue, lookAgainMs } from './ends.ts'
import type { Gone } from './gone.ts'
import { type HomeDeps, SlotHome } from './home.ts'
import { lookAfterAll } from './look-after.ts'
import { type OpenSlotDeps, openSlot } from './open-slot.ts'
import { itemOf } from './read-record.ts'
import type { SlotLog } from './slot-log.ts'
import { Tenure } from './tenure.ts'
import { Windows } from './windows.ts'

export type KeeperDeps = {
  readonly leases: Leases
  readonly leaseTtl: number
  readonly slotTopic: string
  readonly open: OpenSlotDeps
  readonly home: Omit<HomeDeps, 'windows' | 'moved'>
  readonly resolver: Resolver
  readonly events: Events
  /** Milliseconds that a client may take to confirm what it was written. */
  readonly confirmTimeout: number
}

export type KeptSlot = {
  readonly tenure: Tenure
  readonly windows: Windows<Gone>
  /** Ends what is over; called about once a second. */
  tick(): void
  /** Ends absent sessions; `left` are those that were just coming back. */
  endRevoked(isRevoked: (gone: Gone) => boolean): { readonly ended: number; readonly left: number }
}

export type KeeperEvents = {
  onLost(tenure: Tenure, reason: SlotLoss): void
  onForgotten(tenure: Tenure): void
  onCanary(tenure: Tenure, sentAt: number): void
  /** The tenure exists, though its slot is not held yet: whoever stops gives it up. */
  onJoining(tenure: Tenure): void
}

/** Milliseconds between two ticks, past which this process did not run. */
const longestTick = 3_000
/** Ticks between two looks for what was overlooked. */
const lookEvery = 10
/** Milliseconds in which a slot that could not be opened is given back. */
const giveBackMs = 500

/** Resolves when the slot is held; rejects, with everything given back, where that could not be. */
export async function keepSlot(
  deps: KeeperDeps,
  lease: Lease,
  takenAt: number,
  on: KeeperEvents,
): Promise<KeptSlot> {
  const windows = new Windows<Gone>()
  const moved = new Windows<Gone>()
  const ending = new Map<string, Gone>()
  const tenure: Tenure = new Tenure(
    {
      lease,
      topic: `${deps.slotTopic}${lease.slot}`,
      leases: deps.leases,
      leaseTtl: deps.leaseTtl,
      onLost: (reason) => on.onLost(tenure, reason),
      onForgotten: () => on.onForgotten(tenure),
      onRenewal: (ok) => deps.events.leaseRenewed(ok),
    },
    takenAt,
  )
  void tenure.keep()
  on.onJoining(tenure)
  try {
    const log = await openSlot(deps.open, tenure, {
      onCanary: (sentAt) => on.onCanary(tenure, sentAt),
      onMoved(session, generation) {
        const facts = windows.find(session)?.facts
        if ((facts?.generation ?? -1) >= generation) return
        windows.close(session)
        if (facts !== undefined) moved.open(session, performance.now() + deps.home.resumeWindow, facts)
      },
      onEnded(session, over) {
        const facts = ending.get(session)
        ending.delete(session)
        if (facts === undefined || tenure.log?.state.attached.has(session)) return
        if (over) deps.home.onEnded(facts, facts.over ?? notResumed)
        else windows.open(session, performance.now() + lookAgainMs, facts)
      },
      onWaiting(session, forMs) {
        // The registry, whole, has just said that it is nowhere.
        if (forMs <= 0 && !windows.has(session)) tenure.log?.end(session)
        else windows.open(session, performance.now() + forMs)
      },
      isWaiting: (session) => windows.has(session) || ending.has(session),
      stopFollowing: (session, slot) => deps.home.followers.stop(session, slot),
    })
    if (tenure.ended) throw new Error(`slot ${tenure.slot} was lost while it was opened`)
    tenure.home = new SlotHome({ ...deps.home, windows, moved }, log)
    let ticks = 0
    let last = performance.now()
    let awakeSince = last
    const onTick = (): void => {
      const now = performance.now()
      // A node that was frozen has not read yet what clients said meanwhile.
      if (now - last > longestTick) awakeSince = now
      last = now
      closeLate(deps, log, now, awakeSince)
      tick(deps, { tenure, log, windows, moved, ending })
      if (++ticks % lookEvery === 0) lookAfterAll(log)
    }
    const absent = { log, windows, ending }
    return { tenure, windows, tick: onTick, endRevoked: (isRevoked) => endRevoked(absent, isRevoked) }
  } catch (failure) {
    await (tenure.ended ? tenure.reader?.stop(giveBackMs).catch(() => undefined) : tenure.giveUp(giveBackMs))
    throw failure
  }
}

function tick(deps: KeeperDeps, absent: Absent): void {
  const { tenure } = absent
  const now = performance.now()
  if (tenure.ended || !tenure.fresh()) return
  const { leaseTtl, resolver, home } = deps
  endDue({ leaseTtl, resolver, onEnded: home.onEnded }, absent, now)
}

/** Closes who has not confirmed in time what it was written, counted from when this node was awake. */
function closeLate(
  { home, confirmTimeout }: KeeperDeps,
  { state, owner }: SlotLog,
  now: number,
  awakeSince: number,
): void {
  if (owner.ended) return
  for (const [session, { first }] of state.bySession) {
    if (!state.attached.has(session)) continue
    let entry: Entry | undefined = first
    while (entry !== undefined && entry.state !== 'written') entry = entry.after
    if (entry === undefined) continue
    const item = itemOf(entry)
    // What was swept, and not handed over from this log, is seen here first.
    if (item.writtenAt === 0) item.writtenAt = now
    if (now - Math.max(item.writtenAt, awakeSince) < confirmTimeout) continue
    home.roster.find(session)?.close('slow-consumer', 'what was delivered is not confirmed')
  }
}
