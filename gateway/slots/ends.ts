// How absent sessions end, once their time is over and the registry, asked again, knows no better.
import type { Resolver } from '../delivery/resolve.ts'
import { onFound } from '../moving/on-session.ts'
import { notResumed } from '../session/session-events.ts'
import type { Gone } from './gone.ts'
import type { SlotLog } from './slot-log.ts'
import type { Tenure } from './tenure.ts'
import type { Window, Windows } from './windows.ts'

export type EndDeps = {
  readonly resolver: Resolver
  readonly leaseTtl: number
  /** The session is over for good. */
  onEnded(session: Gone, reason: string): void
}

/** A slot's absent sessions. */
export type Absent = {
  readonly tenure: Tenure
  readonly log: SlotLog
  /** Those that can be resumed. */
  readonly windows: Windows<Gone>
  /** Those that were taken over: whoever did that may have died before it had them. */
  readonly moved: Windows<Gone>
  /** Those whose end is to be read in the log: only then it is told, since nobody comes back behind it. */
  readonly ending: Map<string, Gone>
}

/** Milliseconds after which one that was just coming back when its time was over is looked at again. */
export const lookAgainMs = 1_000

const isComing = ({ log }: Absent, session: string): boolean => log.state.opening.has(session)

export function endDue(deps: EndDeps, absent: Absent, now: number): void {
  const { windows, moved } = absent
  for (const window of windows.due(now)) {
    // What comes of that is known in a moment.
    if (isComing(absent, window.session)) windows.open(window.session, now + lookAgainMs, window.facts)
    else void endWhenNobodyHasIt(deps, absent, window)
  }
  for (const window of moved.due(now)) void endUnlessTaken(deps, absent, window)
}

/** The registry may know that the session went on elsewhere. */
async function endWhenNobodyHasIt(
  { resolver, leaseTtl }: EndDeps,
  absent: Absent,
  { session, facts }: Window<Gone>,
): Promise<void> {
  const { tenure, log, windows, moved } = absent
  try {
    const found = await resolver.session(session)
    if (tenure.ended || log.state.attached.has(session)) return
    if (found !== undefined) log.perform(onFound(log.state, session, found))
    const place = log.state.places.get(session)
    if (place !== undefined && place.slot !== tenure.slot && place.generation > (facts?.generation ?? -1)) {
      if (facts !== undefined) moved.open(session, performance.now() + leaseTtl, facts)
      return
    }
    if (isComing(absent, session)) return windows.open(session, performance.now() + lookAgainMs, facts)
    if (facts !== undefined) absent.ending.set(session, facts)
    log.end(session, facts !== undefined)
  } catch {
    // The node stops: whoever has the slot next ends it.
  }
}

/** While the registry still has it here, nobody has it elsewhere, or has only not said so yet: then it is looked again. */
async function endUnlessTaken(
  { resolver, leaseTtl, onEnded }: EndDeps,
  { tenure, log, moved }: Absent,
  { session, facts }: Window<Gone>,
): Promise<void> {
  const isStill = async (gone: Gone): Promise<boolean> => {
    const found = await resolver.session(session)
    return !tenure.ended && !log.state.attached.has(session) && found?.generation === gone.generation
  }
  try {
    if (facts === undefined || !(await isStill(facts))) return
    if (facts.suspected) onEnded(facts, notResumed)
    else moved.open(session, performance.now() + leaseTtl, { ...facts, suspected: true })
  } catch {
    // The node stops: its sessions are reaped.
  }
}
