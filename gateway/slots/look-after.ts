// Sees to it that nothing waits for ever: what waits for a session that is not here has been asked about, or has its time.
import { entriesOf } from '../moving/slot-state.ts'
import type { SlotLog } from './slot-log.ts'

/** Asks where the session is, unless it is here, or just being opened, or its time runs already. */
export function lookAfter(log: SlotLog, session: string): void {
  const { state, owner } = log
  if (owner.ended || state.attached.has(session) || state.opening.has(session)) return
  if (owner.isWaiting(session)) return
  if (entriesOf(state, session).some((entry) => entry.state === 'waiting')) void log.resolve(session)
}

/** The same for all sessions of which something is not settled. */
export function lookAfterAll(log: SlotLog): void {
  for (const session of log.state.bySession.keys()) lookAfter(log, session)
}
