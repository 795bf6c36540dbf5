// What a rule of moving asks its caller to do. Pure.
import type { Canary, Ended } from './control.ts'
import type { Entry } from './slot-state.ts'

export type ReportReason = 'no-session' | 'unconfirmed' | 'too-many-hops'

export type Action =
  /** Write it to the session's connection, with the position behind it. */
  | { readonly kind: 'write'; readonly entry: Entry }
  /** Append it to another slot's log under this generation; call `onLeft` when Kafka has it. */
  | { readonly kind: 'forward'; readonly entry: Entry; readonly to: number; readonly generation: number }
  /** Call `onLeft` when Kafka has the report. */
  | { readonly kind: 'report'; readonly entry: Entry; readonly reason: ReportReason }
  /** Close the connection that the session has here: another node has it now. */
  | { readonly kind: 'close'; readonly session: string; readonly generation: number }
  /** Ask the registry for the session, and call `onFound`. */
  | { readonly kind: 'resolve'; readonly session: string }
  /** The forward came before this node read as far in the other log: stop reading that for this session. */
  | { readonly kind: 'stop-following'; readonly session: string; readonly slot: number }
  /** Report that part of this slot's log as gone unread. */
  | { readonly kind: 'lost-range'; readonly from: number; readonly to: number }
  /** Another holder has begun, or the log cannot be trusted: read, write, commit and report nothing more of this slot. */
  | { readonly kind: 'lost' }
  /** Append to this slot's log. */
  | { readonly kind: 'append'; readonly record: Ended | Canary }
