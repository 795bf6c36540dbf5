// A record for everyone of a tenant who is connected to this node.
import type { Connection } from '../connection/connection.ts'
import { barred, type Delivery } from '../delivery/delivery.ts'
import type { IncomingRecord } from '../delivery/ports.ts'
import { writeToAll } from '../delivery/write.ts'
import type { Events } from '../events.ts'
import { onLeft } from '../moving/leave.ts'
import { type Entry, holdPlace, type SlotState, settle } from '../moving/slot-state.ts'
import { formatPosition, recordHash } from '../session/position.ts'
import type { Roster } from '../session/roster.ts'
import type { Session } from '../session/session.ts'
import type { Departures } from './departures.ts'

export type BroadcastDeps = {
  readonly roster: Roster<Connection>
  readonly departures: Departures
  readonly events: Events
  /** Bytes of one delivery. */
  readonly maxSize: number
}

/** Settles the entry when the work is done; never when the node stops before: that is for the slot's next holder. */
export function during(state: SlotState, entry: Entry, work: Promise<unknown>): void {
  work.then(
    () => onLeft(state, entry),
    () => undefined,
  )
}

/** A node may keep other slots beside its own for a while: nobody is connected to those. */
function* here(roster: Roster<Connection>, slot: number): Generator<Connection> {
  for (const connection of roster.all()) if (connection.session?.slot === slot) yield connection
}

/** Not for who is away: it is no part of what a session gets back when it is resumed. */
export function broadcast(
  { roster, departures, events, maxSize }: BroadcastDeps,
  state: SlotState,
  record: IncomingRecord,
  delivery: Delivery,
): void {
  const held = holdPlace(state, record.offset)
  const target = { kind: 'everyone' } as const
  const why = barred(delivery, maxSize, Date.now())
  if (why !== undefined) return during(state, held, departures.report(delivery, record, target, why))
  const next = record.offset + 1
  // One text for all: it says less of what each has than its own would, and nothing wrong.
  const shared = formatPosition(state.slot, next, next, recordHash(record.timestamp, record.value))
  const positionOf = ({ catchingUp: at }: Session): string =>
    at === undefined ? shared : formatPosition(at.slot, at.since, at.next, at.hash)
  writeToAll(here(roster, state.slot), delivery, record, positionOf, ({ written, missed, slow }) => {
    for (let count = 0; count < written; count++) events.delivered(Date.now() - record.timestamp)
    const { receipt } = delivery
    if (missed > 0)
      return during(state, held, departures.report(delivery, record, target, slow ? 'slow' : 'no-session'))
    if (written === 0 || receipt === undefined || receipt === 'failed') return settle(state, held)
    during(state, held, departures.receipt(delivery, record, target, receipt))
  })
}
