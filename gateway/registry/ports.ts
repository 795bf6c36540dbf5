// The registry: who holds which slot and which session is where. A lossy cache: wiping it loses no connection and no record.
import type { Tickets } from '../admission/ports.ts'
import type { Members } from '../channels/members-port.ts'
import type { SessionDirectory, SessionEntry } from '../delivery/ports.ts'
import type { SharedHoldings, SharedWindows } from '../limits/ports.ts'

/** Thrown by every call when the registry does not answer within its deadline or is away. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable'
}

/** The right to ask for a slot. `epoch` grows with every take, across wipes too: max(now in ms, the stored one + 1). */
export type Lease = { readonly slot: number; readonly holder: string; readonly epoch: number }

export type Leases = {
  /**
   * Takes a free slot, `prefer` first if it is free, never one of `avoid`; undefined when every slot is held. Slots whose
   * holder died come before those that were given back or never held, so that a dead node's log finds a reader. A lease
   * just taken counts as registered: its holder has no sessions yet. With `only` no other slot is taken.
   */
  take(
    holder: string,
    options: { prefer?: number; only?: number; avoid?: readonly number[] },
  ): Promise<Lease | undefined>
  /**
   * Extends the lease by its full time. A wiped registry has no lease: it is put back for its holder ('restored': every
   * session must be entered again), unless another took the slot meanwhile ('lost'). `registered` says whether this
   * slot's sessions are all entered; a restored lease counts as not registered whatever is said.
   */
  renew(lease: Lease, registered: boolean): Promise<'held' | 'restored' | 'lost'>
  /** Gives the slot back if it is still ours. */
  release(lease: Lease): Promise<void>
}

export type ReapOptions = {
  /** How long entries outlive the lease they were made under, in ms: the resume window. */
  readonly graceMs: number
  /** At most this many entries in one report. */
  readonly limit: number
  /**
   * Told each chunk of entries before it is removed; if it rejects the chunk stays, the call ends, and a later one finds
   * it again. Must end within a bound of its own.
   */
  readonly report: (entries: readonly SessionEntry[]) => Promise<void>
}

export type SessionRegistry = SessionDirectory & {
  /**
   * Enters a session where no entry of a higher generation stands. One round trip. With `most` the user (never an
   * anonymous principal) keeps at most that many sessions, detached ones counted: those of the lowest generations beyond
   * that are removed in the same step and answered, lowest first, so that whoever binds can have them closed. Of equal
   * generations the one that is bound is kept. It is itself among the answered, and not entered, only where enough others
   * are of higher generations.
   */
  bind(entry: SessionEntry, most?: number): Promise<readonly SessionEntry[]>
  /** Enters many in chunks, one at a time, so that neither this process nor the registry is held up: the rebuild. */
  bindAll(entries: readonly SessionEntry[]): Promise<void>
  /** Removes the entry if its generation is still this one. */
  unbind(entry: SessionEntry): Promise<void>
  /**
   * Removes the entries made under leases that ended more than `graceMs` ago, those of slots taken over since included;
   * answers how many. Works through all there are, up to a minute. Of several nodes that call at a time one works and the
   * others get 0. Reported at least once, since the reaper may die between report and removal.
   */
  reap(options: ReapOptions): Promise<number>
}

export type Registry = {
  readonly leases: Leases
  readonly sessions: SessionRegistry
  readonly members: Members
  readonly windows: SharedWindows
  readonly holdings: SharedHoldings
  readonly tickets: Tickets
  /** True while the registry answers. */
  readonly available: boolean
  /** Tells when it is back after having been away (a rebuild is due then). The answer unregisters. */
  onBack(listener: () => void): () => void
  close(): Promise<void>
}
