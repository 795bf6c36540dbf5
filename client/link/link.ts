// What lies between the parts of a client and a socket: it connects, comes back, and carries frames while it is open.
import type { ConnectionError } from '../errors.ts'
import type { ClientFrame, ServerFrame, Welcome } from '../wire/frames.ts'

export type State = 'idle' | 'connecting' | 'open' | 'waiting' | 'closed'

export type StateChange = {
  readonly state: State
  /** In `waiting` and `closed`: what happened, for programs. */
  readonly reason?: string
  readonly error?: ConnectionError
  /** In `waiting`: until the next attempt. */
  readonly retryInMs?: number
}

/** What the parts of a client do when something happens. */
export type LinkListener = {
  onState(change: StateChange): void
  /** Before any other frame of the connection. */
  onWelcome(welcome: Welcome): void
  onFrame(frame: ServerFrame): void
  /** An open connection is over. `tooLarge`: a message that was sent on it must not be sent again. */
  onLost(tooLarge: boolean): void
  /** How many frames that were sent wait for an answer. */
  onTheWay(): number
}

/** `not-now`: there is no open connection; `too-large`: the gateway takes no frame of this size. */
export type Sent = 'sent' | 'not-now' | 'too-large'

export type Link = {
  /** Connects, and comes back until `stop` or until there is no use in it. */
  start(): void
  /** Ends it for good; `keepSession`: so that it can still be resumed. */
  stop(keepSession: boolean): Promise<void>
  send(frame: ClientFrame): Sent
  /** Everything delivered up to here has been handled. */
  handled(position: string): void
}

export type OpenLink = (listener: LinkListener) => Link
