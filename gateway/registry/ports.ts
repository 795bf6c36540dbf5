// The registry: who holds which slot and which session is where. A lossy cache: wiping it loses no connection and no record.
import type { SessionDirectory, SessionEntry } from '../delivery/ports.ts'

/** Thrown by every call when the registry does not answer within its deadline or is away. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable'
}

/** The right to ask for a slot. `epoch` grows with every take, across wipes too: max(now in ms, the stored one + 1). */
export type Lease = { readonly slot: number; readonly holder: string; readonly epoch: number }

export type Leases = {
  /** Takes a free slot, `prefer` first if it is free, never one of `avoid`; undefined when every slot is held. */
  take(holder: string, options: { prefer?: number; avoid?: readonly number[] }): Promise<Lease | undefined>
  /**
   * Extends the lease by its full time. A wiped registry has no lease: it is put back for its holder, unless another
   * took the slot meanwhile ('lost'). `registered` says whether this slot's sessions are all entered.
   */
  renew(lease: Lease, registered: boolean): Promise<'held' | 'restored' | 'lost'>
  /** Gives the slot back if it is still ours. */
  release(lease: Lease): Promise<void>
}

export type SessionRegistry = SessionDirectory & {
  /** Enters a session where no entry of a higher generation stands. */
  bind(entry: SessionEntry): Promise<void>
  /** Enters many, pipelined: the rebuild after a wipe. */
  bindAll(entries: readonly SessionEntry[]): Promise<void>
  /** Removes the entry if its generation is still this one. */
  unbind(entry: SessionEntry): Promise<void>
  /**
   * Removes what is left of slots whose lease ended more than `graceMs` ago and of older epochs of `slot`s taken over;
   * answers the entries removed. At most `limit` in one call.
   */
  reap(options: { graceMs: number; limit: number }): Promise<readonly SessionEntry[]>
}

export type Registry = {
  readonly leases: Leases
  readonly sessions: SessionRegistry
  /** True while the registry answers. */
  readonly available: boolean
  /** Tells when it is back after having been away (a rebuild is due then). The answer unregisters. */
  onBack(listener: () => void): () => void
  close(): Promise<void>
}
