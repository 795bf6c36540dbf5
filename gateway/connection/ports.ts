// What a connection needs of those who bound it: its limits, and whoever counts its messages.
import type { Principal } from '../session/principal.ts'

export type ConnectionLimits = {
  /** Bytes that may wait for a slow socket before it is closed. */
  readonly outbox: number
  /** Bytes of messages held while the connection is being checked. */
  readonly held: number
}

/** Why reading is paused; it goes on when no reason is left. */
export type PauseReason = 'held' | 'pressed' | 'inflight'

/** What one connection may send and be sent in a time. All calls are on the path of each message; none allocates. */
export type Traffic = {
  /** A message of so many bytes came: milliseconds until it may be taken; 0: it is counted, take it. */
  receive(bytes: number): number
  /** A message for this route came: milliseconds until the route may be used; 0: it is counted. */
  route(name: string): number
  /** All messages of this connection are for this route: `receive` counts them for it. */
  fixRoute(name: string): void
  /** A refusal for a rate is about to be sent. False: there were too many of them, close. */
  refuse(): boolean
  /** A WebSocket ping or pong came. False: there were too many, close. */
  control(): boolean
  /** Whether anything limits what is written. */
  readonly paces: boolean
  /** So many bytes were written: milliseconds to write nothing more; 0: go on. */
  send(bytes: number): number
  /** From now on what its user and tenant may do counts, too. */
  identify(principal: Principal): void
  /** Called back when the connection has ended. */
  onEnd(then: () => void): void
  /** The connection has ended. */
  end(): void
}
