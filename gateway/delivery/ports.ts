// What the delivery path needs of a broker and of a registry.
import type { Publisher } from '../inbound/ports.ts'

export type { Publisher }

/** A record as it was read. `timestamp` is milliseconds since the epoch. Of a repeated header the last value counts. */
export type IncomingRecord = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  /** Null is a tombstone. */
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | undefined>>
}

/** Why a slot is no longer this node's. */
export type SlotLoss = 'fenced' | 'rebalanced' | 'crashed'

export type SlotReaderOptions = {
  readonly topic: string
  readonly group: string
  /** Epoch of the lease; the member with the highest epoch is given the partition. */
  readonly epoch: number
  /**
   * Asked before each batch is handed on and before each commit: on false neither happens, and it is asked again.
   * Must answer within its own deadline.
   */
  mayServe(): boolean | Promise<boolean>
  /** Handles a batch in log order. Must not throw and must not wait on a socket; may wait to bound memory. */
  onBatch(records: readonly IncomingRecord[]): void | Promise<void>
  /** The offset to commit: everything before it is settled. Committed about once a second when it has grown. */
  settledOffset(): number | undefined
  /** Called once if the slot is lost for good; the reader commits and reads nothing after that. */
  onLost(reason: SlotLoss): void
  /**
   * Records that were to be read next are gone: the log was truncated, or is another one (then `to` is not above `from`).
   * Called before the batch behind the gap; on true the reader goes on there, on false it reads nothing more.
   */
  onGap(from: number, to: number): boolean
}

/** The one reader of a slot's log. Exclusive: by the lease's epoch in the group, not by hope. */
export type SlotReader = {
  /** Offset of the next record to read; undefined until the group gave us the partition. */
  readonly nextOffset: number | undefined
  /** Records behind the end of the log as last seen; undefined until known. */
  readonly lag: number | undefined
  /**
   * Where it began, known once `readSlot` resolved and the same from then on: the group's committed offset, if there was
   * one, the first record to read, and the first offset the log had.
   */
  readonly began: { readonly committed: number | undefined; readonly next: number; readonly logStart: number }
  /** What the group has committed by now, asked of Kafka; rejects with `BrokerFailure` after `timeoutMs`. */
  committed(timeoutMs: number): Promise<number | undefined>
  /**
   * Asks Kafka whether the group still has us as the owner, however the registry fares: 'owner', 'not-owner',
   * or 'unknown' when Kafka does not answer within `timeoutMs`.
   */
  stillOwner(timeoutMs: number): Promise<'owner' | 'not-owner' | 'unknown'>
  /** Commits what is settled, leaves the group (bounded by `timeoutMs`), reads nothing more. */
  stop(timeoutMs: number): Promise<void>
}

export type SharedReaderOptions = {
  readonly topics: readonly string[]
  readonly group: string
  /** Milliseconds: where the next record of a partition is older than that, it may go on at the first that is not. */
  readonly maxAge?: number
  /** Handles one batch of one partition; its offsets are committed after it resolved. A rejection re-reads the batch. */
  onBatch(records: readonly IncomingRecord[], signal: AbortSignal): Promise<void>
}

export type SharedReader = {
  /** Records behind the end over the partitions this member has; undefined until known. */
  readonly lag: number | undefined
  stop(timeoutMs: number): Promise<void>
}

export type Logs = {
  /** Joins the slot's group, evicting a dead member that still stands in it; resolves when the partition is ours. */
  readSlot(options: SlotReaderOptions): Promise<SlotReader>
  /** Joins a shared group; resolves once joined. */
  readShared(options: SharedReaderOptions): Promise<SharedReader>
}

/** Where one session is. `generation` only grows over a session's life. An anonymous principal has no `user`. */
export type SessionEntry = {
  readonly session: string
  readonly tenant: string
  readonly user?: string
  readonly slot: number
  /** Epoch of the slot's lease under which the entry was made: a later holder of the slot does not inherit it. */
  readonly epoch: number
  readonly generation: number
}

/**
 * An entry as it was found. `live`: the lease it was made under still runs, so its node has the session. Otherwise the
 * session is detached, and `detachedMs` says for how long already (0 while live): past `delivery.resumeWindow` it
 * counts as gone, whether or not a reaper has been by.
 */
export type FoundSession = SessionEntry & { readonly live: boolean; readonly detachedMs: number }

/**
 * An answer of the registry. `complete: false`: a live slot has not finished registering (or the registry is younger
 * than a lease, after a wipe), so a miss proves nothing yet and the resolver should ask again.
 */
export type Resolved<T> = { readonly found: T; readonly complete: boolean }

/** Finds sessions. Every call may reject with a registry failure (`RegistryUnavailable`), within its own deadline. */
export type SessionDirectory = {
  /** All sessions of a user, detached ones too, in no order. One round trip. */
  ofUser(tenant: string, user: string): Promise<Resolved<readonly FoundSession[]>>
  ofSession(session: string): Promise<Resolved<FoundSession | undefined>>
  /** Slots with a live lease. */
  liveSlots(): Promise<Resolved<readonly number[]>>
}
