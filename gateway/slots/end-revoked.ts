// The end of sessions that nobody may come back to: the log says so at once, as it does when the time to come back is over.
import { onDetach } from '../moving/on-session.ts'
import type { Gone } from './gone.ts'
import type { SlotLog } from './slot-log.ts'
import type { Windows } from './windows.ts'

/** The name of the close, and the reason of the final event, of what was revoked. */
export const revoked = 'revoked'

/** A slot's absent sessions, as in `Absent`. */
type Absent = {
  readonly log: SlotLog
  readonly windows: Windows<Gone>
  readonly ending: Map<string, Gone>
}

/** `left`: those that are just coming back, to be looked at again. */
export function endRevoked(
  { log, windows, ending }: Absent,
  isRevoked: (gone: Gone) => boolean,
): { readonly ended: number; readonly left: number } {
  const over = [...windows.facts()].filter(isRevoked)
  const here = over.filter(({ id }) => !log.state.opening.has(id))
  for (const gone of here) {
    windows.close(gone.id)
    ending.set(gone.id, { ...gone, over: revoked })
    log.end(gone.id, true)
  }
  return { ended: here.length, left: over.length - here.length }
}

/** Its connection was closed because of it. */
export function revoke(log: SlotLog, session: string, generation: number): void {
  // What waited for it is reported by its end; the registry need not be asked first.
  onDetach(log.state, session, generation)
  log.end(session, true)
}
