// Writes to a session that came back what it has missed, not faster than its socket takes it.
import type { Connection } from '../connection/connection.ts'
import { barred } from '../delivery/delivery.ts'
import { unwanted, writeTo } from '../delivery/write.ts'
import { formatPosition, type Position } from '../session/position.ts'
import type { Roster } from '../session/roster.ts'
import type { Session } from '../session/session.ts'
import type { Missed } from './bring-back.ts'
import type { Departures } from './departures.ts'
import type { Item } from './read-record.ts'

export type CatchUpDeps = {
  readonly roster: Roster<Connection>
  readonly departures: Departures
  /** Bytes of one delivery. */
  readonly maxSize: number
}

/** Bytes written before the socket is waited for. */
const paceBytes = 256 * 1024

/** The session's connection while that is this one and open. */
export function connectionOf(
  { roster }: Pick<CatchUpDeps, 'roster'>,
  session: Session,
): Connection | undefined {
  const connection = roster.find(session.id)
  return connection?.session === session && connection.open ? connection : undefined
}

/** Resolves true when all is handed to the socket, and false when the connection ended before. */
export async function catchUp(
  deps: CatchUpDeps,
  session: Session,
  missed: readonly Missed[],
  positionOf: () => Position,
): Promise<boolean> {
  let bytes = 0
  for (const { item, position } of missed) {
    if (position !== undefined) session.catchingUp = position
    const written = show(deps, session, item, positionOf())
    if (written === undefined) return false
    bytes += item.record.value?.length ?? 0
    if (bytes < paceBytes) continue
    bytes = 0
    if (!(await written)) return false
  }
  return connectionOf(deps, session) !== undefined
}

/**
 * Shows what another slot's log brought. Undefined where the connection is gone; otherwise whether the socket took it.
 * What may not be shown is reported: whoever has that log believes that this node has shown it.
 */
export function show(
  deps: CatchUpDeps,
  session: Session,
  { delivery, record, target }: Item,
  { slot, since, next, hash }: Position,
): Promise<boolean> | undefined {
  const connection = connectionOf(deps, session)
  if (connection === undefined) return undefined
  const why = barred(delivery, deps.maxSize, Date.now()) ?? unwanted(delivery, session)
  if (why === 'not-shown') return Promise.resolve(true)
  if (why !== undefined) {
    void deps.departures.report(delivery, record, target, why).catch(() => undefined)
    return Promise.resolve(true)
  }
  if (delivery.command === 'close') {
    connection.close('taken-over', 'the session was ended')
    return undefined
  }
  const { promise, resolve } = Promise.withResolvers<boolean>()
  writeTo(connection, session, delivery, record, formatPosition(slot, since, next, hash), resolve)
  const { receipt } = delivery
  if (receipt === 'written' || receipt === 'confirmed')
    void promise
      .then((ok) => (ok ? deps.departures.receipt(delivery, record, target, receipt) : undefined))
      .catch(() => undefined)
  return promise
}
