// What a slot's holder knows of sessions that are not here, and when it may forget that. Pure.
import { type SlotState, touch } from './slot-state.ts'

/** Highest generation of a session that this log, or the registry, has told of; -1 for none. */
export const knownGeneration = (state: SlotState, session: string): number =>
  Math.max(state.places.get(session)?.generation ?? -1, state.attached.get(session)?.generation ?? -1)

/** `slot` is where the session is as of this generation. */
export function notePlace(state: SlotState, session: string, slot: number, generation: number): void {
  state.places.set(session, { slot, generation })
  touch(state, session)
}

export function noteTakeover(state: SlotState, session: string, generation: number, offset: number): void {
  if (generation <= (state.taken.get(session)?.generation ?? -1)) return
  state.taken.set(session, { generation, offset })
  touch(state, session)
}

export function noteEnd(state: SlotState, session: string, at: number, over: boolean): void {
  state.ended.set(session, { at, over })
  touch(state, session)
}

/** It was taken over behind its end, which from now on only speaks for what stands before it. */
export function noteReturn(state: SlotState, session: string): void {
  const end = state.ended.get(session)
  if (end === undefined) return
  if (end.at < state.next) state.ended.delete(session)
  else state.ended.set(session, { at: end.at, over: false })
}

const isInUse = (state: SlotState, session: string): boolean =>
  state.bySession.has(session) || state.attached.has(session) || state.opening.has(session)

/** Whoever took it over may read on in this log, until a canary tells of its holder. */
const isFollowed = (state: SlotState, session: string): boolean =>
  (state.taken.get(session)?.offset ?? -1) > state.canaryAt

/**
 * Forgets where a session is, and that it ended. False: it has unsettled deliveries, or a connection here, or one that is
 * just being opened, or no canary stands behind its last takeover, or the backlog of this slot is not read yet. What comes
 * for it later is asked of the registry again.
 */
export function forget(state: SlotState, session: string): boolean {
  if (state.next < state.foreseenTo || isInUse(state, session) || isFollowed(state, session)) return false
  const taken = state.taken.get(session)
  if (taken !== undefined) state.forgottenTo = Math.max(state.forgottenTo, taken.offset + 1)
  state.places.delete(session)
  state.taken.delete(session)
  state.ended.delete(session)
  state.remembered.delete(session)
  return true
}

/**
 * Forgets the sessions longest untouched until at most `most` are remembered beside those in use and those taken over
 * since the last canary; how many it forgot. Costs as much as it forgets.
 */
export function forgetOldest(state: SlotState, most: number): number {
  let forgotten = 0
  if (state.next < state.foreseenTo) return 0
  for (const session of state.remembered) {
    if (state.remembered.size <= most) break
    // One in use is put back when it no longer is.
    if (isInUse(state, session)) state.remembered.delete(session)
    else if (forget(state, session)) forgotten++
    else break
  }
  return forgotten
}
