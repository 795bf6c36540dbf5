// Writes to a session that came back what it has missed, not faster than its socket takes it.
import type { Connection } from '../connection/connection.ts'
import { unwanted, writeTo } from '../delivery/write.ts'
import type { Events } from '../events.ts'
import { formatPosition, type Position } from '../session/position.ts'
import type { Roster } from '../session/roster.ts'
import type { Session } from '../session/session.ts'
import type { Missed } from './bring-back.ts'
import type { Departures } from './departures.ts'
import { barredNow, type HandOverDeps, obey } from './hand-over.ts'
import { gatewayFailed, type Item } from './read-record.ts'
import type { Turns } from './turns.ts'

export type CatchUpDeps = Pick<HandOverDeps, 'command'> & {
  readonly roster: Roster<Connection>
  readonly departures: Departures
  readonly events: Events
  /** Bytes of one delivery. */
  readonly maxSize: number
}

/** What was shown of one delivery: whether the socket took it, and what Kafka has yet to be told of it. */
type Shown = { readonly written: Promise<boolean>; readonly told?: Promise<unknown> }

/** Bytes that may wait at the socket before it is waited for. */
const paceBytes = 256 * 1024
/** Deliveries written before others have their turn: a thousand sessions may come back at once. */
const piece = 32
/** What a frame has beside the payload, about; and how much longer a payload may get in it, mostly. */
const frameBytes = 1_024
const frameShare = 2

/** The session's connection while that is this one and open. */
export function connectionOf(
  { roster }: Pick<CatchUpDeps, 'roster'>,
  session: Session,
): Connection | undefined {
  const connection = roster.find(session.id)
  return connection?.session === session && connection.open ? connection : undefined
}

/**
 * Resolves true when the socket has taken all, and Kafka has what is told of it; false when the connection ended before.
 * Rejects when the node stops.
 */
export async function catchUp(
  deps: CatchUpDeps,
  session: Session,
  missed: readonly Missed[],
  positionOf: () => Position,
  turns: Turns,
): Promise<boolean> {
  const told: Promise<unknown>[] = []
  let last = Promise.resolve(true)
  for (const [nth, { item, position }] of missed.entries()) {
    if (nth % piece === 0) await turns.next()
    const connection = connectionOf(deps, session)
    if (connection !== undefined && !hasRoom(connection, item) && !(await last)) return false
    if (position !== undefined) session.catchingUp = position
    const shown = show(deps, session, item, positionOf())
    if (shown === undefined) return false
    last = shown.written
    if (shown.told !== undefined) told.push(shown.told)
  }
  if (!(await last)) return false
  await Promise.all(told)
  return connectionOf(deps, session) !== undefined
}

const hasRoom = ({ waitingBytes, room }: Connection, { record }: Item): boolean =>
  waitingBytes < paceBytes && frameBytes + frameShare * (record.value?.length ?? 0) < room

/**
 * Shows what another slot's log brought; undefined where the connection is gone. What may not be shown is reported:
 * whoever has that log believes that this node has shown it.
 */
export function show(
  deps: CatchUpDeps,
  session: Session,
  item: Item,
  { slot, since, next, hash }: Position,
): Shown | undefined {
  const { departures, events, maxSize } = deps
  const { delivery, record, target } = item
  const connection = connectionOf(deps, session)
  if (connection === undefined) return undefined
  const passed = Promise.resolve(true)
  // Whoever had it before may have shown it in time.
  const why = barredNow({ maxSize }, { body: item, mayHaveArrived: true }) ?? unwanted(delivery, session)
  if (why === 'not-shown') return { written: passed }
  if (why !== undefined)
    return { written: passed, told: heeded(departures.report(delivery, record, target, why)) }
  if (delivery.command !== undefined) {
    if (obey(deps, connection, delivery)) return connection.open ? { written: passed } : undefined
    return { written: passed, told: heeded(departures.report(delivery, record, target, 'invalid')) }
  }
  const { promise: written, resolve } = Promise.withResolvers<boolean>()
  try {
    writeTo(connection, session, delivery, record, formatPosition(slot, since, next, hash), resolve)
  } catch (failure) {
    events.deliveryFailed(failure, record)
    return { written: passed, told: heeded(departures.quarantine(record, gatewayFailed)) }
  }
  const { receipt } = delivery
  if (receipt !== 'written' && (receipt !== 'confirmed' || session.confirms)) return { written }
  const told = written.then((ok) => (ok ? departures.receipt(delivery, record, target, receipt) : undefined))
  return { written, told: heeded(told) }
}

/** It may reject before anyone waits for it. */
function heeded(work: Promise<unknown>): Promise<unknown> {
  work.catch(() => undefined)
  return work
}
