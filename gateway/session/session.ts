// A session: what outlives one socket. Its identity, where it is, the ids it sent lately and the requests it waits for.
import type { IdWindow } from './id-window.ts'
import type { Position } from './position.ts'
import type { Principal } from './principal.ts'
import type { ClientRequests } from './requests.ts'

export type ClientProgram = { readonly name?: string; readonly version?: string; readonly instance?: string }

/** A session as one connection has it; a resume makes another object of the same id and a higher generation. */
export type Session = {
  readonly id: string
  /** Replaced by a fresh credential of the same subject. */
  principal: Principal
  readonly client: ClientProgram | undefined
  /** First half of each `ce_id`. */
  readonly origin: string
  /** The first generation; each resume adds the client's attempt to it. */
  readonly birth: number
  readonly generation: number
  readonly slot: number
  /** Topic that replies to this session go to. */
  readonly replyTo: string
  /** The client says what it has handled; without, what a socket has counts as that. */
  readonly confirms: boolean
  /** From here on the client has all that is for it in the slot's log. */
  since: number
  /** While what was missed is being written: the position that stands until then. */
  catchingUp: Position | undefined
  readonly window: IdWindow
  readonly requests: ClientRequests
  /** Numbers frames that carry no id of their own. */
  unnamed: number
}

export const attemptOf = ({ birth, generation }: Pick<Session, 'birth' | 'generation'>): number =>
  generation - birth
