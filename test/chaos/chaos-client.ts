// What a run needs of a client: to send, to be looked at, and to be mistreated.
import type { Sendable } from '../support/unanswered.ts'

export type ChaosClient = {
  readonly session: { readonly id: string | undefined }
  readonly socket: {
    start(): void
    /** Ends the socket without a word; it comes back. */
    drop(): void
    /** The same, and it stays away until `start`. */
    vanish(): void
    /** Reads nothing until `unstall`. */
    stall(): void
    unstall(): void
  }
  readonly welcomed: boolean
  /** Publishes and requests without an answer. */
  readonly waiting: number
  /** The code after which it does not come back by itself. */
  readonly ended?: number | undefined
  start(): void
  stop(): void
  send(what: Sendable): void
  /** The `hello` of the next attempt; no attempt where it is not to be had. */
  takeHello(): Promise<{ readonly frame: object; readonly attempt: number | undefined }>
}
