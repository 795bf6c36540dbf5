// How a delivery leaves the holder: to a connection, to another slot, or into a report. Pure.
import type { Action } from './actions.ts'
import type { Place } from './control.ts'
import { knownGeneration } from './known.ts'
import { type Attached, type Entry, entriesOf, type SlotState, settle } from './slot-state.ts'

/** From now on it may have arrived, even if its connection ends before it says that it was written. */
export function write(entry: Entry): Action {
  entry.mayHaveArrived = true
  return { kind: 'write', entry }
}

export function forward(state: SlotState, entry: Entry, place: Place): readonly Action[] {
  if (entry.hops >= state.maxHops) {
    entry.state = 'leaving'
    return [{ kind: 'report', entry, reason: entry.mayHaveArrived ? 'unconfirmed' : 'too-many-hops' }]
  }
  entry.state = 'leaving'
  return [{ kind: 'forward', entry, to: place.slot, generation: place.generation }]
}

/** Everything of the session that is not on its way already. */
export function forwardAll(state: SlotState, session: string): readonly Action[] {
  const place = state.places.get(session)
  if (place === undefined || place.slot === state.slot) return []
  return entriesOf(state, session).flatMap((entry) =>
    entry.state === 'leaving' ? [] : forward(state, entry, place),
  )
}

/** What is to be appended when nobody comes for the session. */
export function end(state: SlotState, session: string): Action {
  const generation = knownGeneration(state, session)
  const readFrom = Math.max(state.next, state.foreseenTo)
  return { kind: 'append', record: { kind: 'ended', session, generation, readFrom, epoch: state.epoch } }
}

/** Says `no-session` only of what surely nobody has seen. */
export function report(entries: readonly Entry[]): readonly Action[] {
  return entries.map((entry) => {
    entry.state = 'leaving'
    return { kind: 'report', entry, reason: entry.mayHaveArrived ? 'unconfirmed' : 'no-session' }
  })
}

/** Kafka has what was sent on or reported. */
export function onLeft(state: SlotState, entry: Entry): void {
  settle(state, entry)
}

/**
 * Whether a delivery stands before the part of its log that the session's positions speak of. It is appended anew, since
 * no position could be sent with it.
 */
export const isBefore = (state: SlotState, attached: Attached, offset: number): boolean =>
  attached.covered.some(({ slot, from }) => slot === state.slot && offset < from)
