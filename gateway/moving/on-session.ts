// What happens to a session on its slot between records: it comes, is swept, confirms, goes, is found elsewhere, or ends. Pure.
import type { Action } from './actions.ts'
import { isWithin, type Place, type Range } from './control.ts'
import { knownGeneration, notePlace, noteReturn } from './known.ts'
import { end, forward, forwardAll, isBefore, write } from './leave.ts'
import { entriesOf, type SlotState, settle, touch } from './slot-state.ts'

export type Coming = {
  readonly session: string
  readonly generation: number
  readonly confirms: boolean
  /** What the sweep is going to deliver. */
  readonly covered: readonly Range[]
}

/** A connection asks for the session: before its first takeover is written. */
export function onOpening(state: SlotState, session: string): void {
  state.opening.set(session, (state.opening.get(session) ?? 0) + 1)
}

/** It was attached, or nothing came of it. */
export function onOpened(state: SlotState, session: string): void {
  const left = (state.opening.get(session) ?? 1) - 1
  if (left > 0) state.opening.set(session, left)
  else {
    state.opening.delete(session)
    touch(state, session)
  }
}

/** The session's connection is here; what comes waits until `onSwept`. Undefined: a later generation was here first. */
export function onAttach(state: SlotState, coming: Coming): readonly Action[] | undefined {
  const { session, generation, confirms } = coming
  if (knownGeneration(state, session) > generation) return undefined
  const before = state.attached.get(session)
  noteReturn(state, session)
  notePlace(state, session, state.slot, generation)
  for (const { slot, to } of coming.covered)
    if (slot === state.slot) state.sweptTo = Math.max(state.sweptTo, to)
  state.seenBefore = Math.max(state.seenBefore, state.sweptTo)
  for (const entry of entriesOf(state, session)) entry.mayHaveArrived = true
  state.attached.set(session, { generation, confirms, covered: [...coming.covered], ready: false })
  return before === undefined ? [] : [{ kind: 'close', session, generation: before.generation }]
}

/** The sweep was written to the connection: now what has waited follows, in log order. */
export function onSwept(state: SlotState, session: string): readonly Action[] {
  const attached = state.attached.get(session)
  if (attached === undefined) return nothing
  attached.ready = true
  const actions: Action[] = []
  for (const entry of entriesOf(state, session)) {
    if (entry.state === 'leaving') continue
    if (isBefore(state, attached, entry.offset)) {
      actions.push(...forward(state, entry, { slot: state.slot, generation: attached.generation }))
      continue
    }
    const covered =
      isWithin(attached.covered, state.slot, entry.offset) ||
      isWithin(attached.covered, entry.origin.slot, entry.origin.offset)
    if (!covered) actions.push(write(entry))
    else if (attached.confirms) entry.state = 'written'
    else settle(state, entry)
  }
  return actions
}

/** A socket has it; settled now where the client does not confirm. */
export function onWritten(state: SlotState, offset: number): void {
  const entry = state.entries.get(offset)
  if (entry === undefined) return
  entry.mayHaveArrived = true
  if (entry.state === 'waiting') entry.state = 'written'
  if (state.attached.get(entry.session)?.confirms === false && entry.state === 'written') settle(state, entry)
}

/** The client has handled everything before `next` in this log that was written to it. */
export function onConfirm(state: SlotState, session: string, generation: number, next: number): void {
  if (state.attached.get(session)?.generation !== generation) return
  for (let entry = state.bySession.get(session)?.first; entry && entry.offset < next; ) {
    const { after } = entry
    if (entry.state === 'written') settle(state, entry)
    entry = after
  }
}

/** Its connection ended. What it has not confirmed waits for its return. */
export function onDetach(state: SlotState, session: string, generation: number): readonly Action[] {
  if (state.attached.get(session)?.generation !== generation) return nothing
  state.attached.delete(session)
  touch(state, session)
  for (const entry of entriesOf(state, session)) if (entry.state === 'written') entry.state = 'waiting'
  return state.bySession.has(session) ? [{ kind: 'resolve', session }] : []
}

/**
 * Instead of `onDetach`, for a session that nobody can come back to: its client ended it on purpose, or it cannot be
 * resumed. The registry need not be asked before. Does nothing where a later connection has it.
 */
export function endNow(state: SlotState, session: string, generation: number): readonly Action[] {
  const waiting = onDetach(state, session, generation)
  if (waiting.length === 0) return waiting
  const over = onWindowOver(state, session)
  return over.length > 0 ? over : waiting
}

/** The registry says where the session is. */
export function onFound(state: SlotState, session: string, place: Place | undefined): readonly Action[] {
  if (place === undefined || state.attached.has(session)) return nothing
  if (place.generation <= knownGeneration(state, session)) return nothing
  noteReturn(state, session)
  notePlace(state, session, place.slot, place.generation)
  return forwardAll(state, session)
}

/**
 * Nobody came for it within the resume window, and the registry, asked again, knows no better; or too much waits for it,
 * then at any time. Without asking the registry it is as safe, and may report what could have been sent on.
 */
export function onWindowOver(state: SlotState, session: string): readonly Action[] {
  if (state.attached.has(session)) return nothing
  const place = state.places.get(session)
  if (place !== undefined && place.slot !== state.slot) return forwardAll(state, session)
  if (state.opening.has(session)) return nothing
  const isWaiting = entriesOf(state, session).some((entry) => entry.state !== 'leaving')
  return isWaiting ? [end(state, session)] : nothing
}

const nothing: readonly never[] = []
