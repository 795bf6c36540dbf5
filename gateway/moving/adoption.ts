// Taking a slot that has a backlog: which slots to adopt, and what the log's later records say before its first is handled. Pure.
import { type ControlRecord, isVoid } from './control.ts'
import { knownGeneration, noteEnd, notePlace, noteReturn, noteTakeover } from './known.ts'
import type { SlotState } from './slot-state.ts'

/** A slot as a survivor sees it. `lag` is what its group has not committed. */
export type SlotSeen = { readonly slot: number; readonly live: boolean; readonly lag: number }

/** Slots to adopt, the longest backlog first, so that this node has at most `most`. */
export function planAdoption(seen: readonly SlotSeen[], held: readonly number[], most: number): number[] {
  return seen
    .filter(({ slot, live, lag }) => !live && lag > 0 && !held.includes(slot))
    .sort((one, other) => other.lag - one.lag || one.slot - other.slot)
    .slice(0, Math.max(0, most - held.length))
    .map(({ slot }) => slot)
}

/** Another holder has begun since, which the backlog itself says. */
export const isFenced = (state: SlotState): boolean => state.fence > state.epoch

/**
 * Whether a holder whose first canary stands at `canary` comes too late: where more than that was committed, another
 * has begun after it and has settled what stands there.
 */
export const isTooLate = (committed: number, canary: number): boolean => committed > canary

/** An adopted slot can be given back: everything is settled up to the end that was last seen. */
export const isDone = (state: SlotState, end: number): boolean =>
  state.entries.size === 0 && state.next >= end

/**
 * A control record of the backlog, read ahead of the deliveries, in log order up to the holder's own first canary.
 * Deliveries that are settled or reported further on are then not handled again.
 */
export function foresee(state: SlotState, offset: number, record: ControlRecord): void {
  switch (record.kind) {
    case 'takeover': {
      const { session, generation, slot, from, had } = record
      const end = state.ended.get(session)
      noteTakeover(state, session, generation, offset)
      if (end?.over && end.at >= from) return
      noteReturn(state, session)
      settledRange(state, session, had, from)
      if (generation > knownGeneration(state, session)) notePlace(state, session, slot, generation)
      return
    }
    case 'settled':
      return settledRange(state, record.session, record.from, record.to)
    case 'ended': {
      const taken = state.taken.get(record.session)
      if (record.epoch < state.fence || (taken !== undefined && isVoid(record, taken))) return
      // Where a takeover that makes it void may be unknown here, it only counts for what it has reported.
      return noteEnd(state, record.session, offset, record.readFrom >= state.forgottenTo)
    }
    case 'canary':
      state.fence = Math.max(state.fence, record.epoch)
  }
}

function settledRange(state: SlotState, session: string, from: number, to: number): void {
  if (to <= from) return
  const ranges = state.settled.get(session)
  const last = ranges?.at(-1)
  const range = { slot: state.slot, from, to }
  if (ranges === undefined || last === undefined) state.settled.set(session, [range])
  else if (from > last.to || to < last.from) ranges.push(range)
  else ranges[ranges.length - 1] = { ...range, from: Math.min(from, last.from), to: Math.max(to, last.to) }
}
