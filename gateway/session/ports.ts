// What sessions need of the slot this node holds: where they live, and how they come back from another.
import type { Position } from './position.ts'
import type { Principal } from './principal.ts'
import type { Session } from './session.ts'

/** Which sessions nobody may come back to. */
export type RevokedSessions = {
  /** The session itself was revoked. `birth`: its first generation. */
  isRevoked(session: { readonly id: string; readonly birth: number }): boolean
  /** Its user was revoked since it began, so it was ended wherever it was. */
  isOver(session: { readonly birth: number; readonly principal: Principal }): boolean
}

/** Why a session cannot go on: a later connection has it, or it is over, or part of what it missed is gone. */
export type NotBack = 'superseded' | 'ended' | 'lost'

/** A session that comes back, with everything it has missed at hand. */
export type Returning = {
  /** Its records begin here in the log of this node's slot. */
  readonly since: number
}

/** The slot that this node holds, as sessions see it. */
export type Home = {
  readonly slot: number
  readonly epoch: number
  readonly topic: string
  /** True once the slot was lost or given up. */
  readonly ended: boolean
  /** Where the reader of the slot is: a new session begins here. */
  readonly here: Position
  /** What a client has that was written everything of its session. */
  positionOf(session: Session): Position
  /**
   * Finds what the session has missed since `position`, and tells the logs on the way that it is here now. Rejects when
   * Kafka does not answer in time, or when it is too much to hold at once: the client then tries again.
   */
  bringBack(session: string, generation: number, position: Position): Promise<NotBack | Returning>
  /** The session is here from now on; what comes for it waits until `welcomed`. False: a later connection has it. */
  attach(session: Session, returning?: Returning): boolean
  /** Whether it is still attached, and as this object: no later connection has come, here or elsewhere. */
  has(session: Session): boolean
  /** After its welcome was sent: what it has missed is written, then what has waited. */
  welcomed(session: Session): void
  /** Everything up to the position has been handled by the client. */
  confirm(session: Session, position: Position): void
  /** Its connection ended. Resumable: what comes for it waits for the resume window; otherwise it is over now. */
  left(session: Session, resumable: boolean, reason: string): void
}
