// What the holder of a slot remembers of its log: deliveries not settled, where their sessions are, and who is here. Pure.
import type { Place, Range } from './control.ts'
import { EntryLog } from './entry-log.ts'

/** The first place of a delivery: in a slot's log, or in `log` (topic and partition; unknown ones are never the same). */
export type Origin = { readonly slot: number | undefined; readonly log?: string; readonly offset: number }

/** A delivery as it stands in a slot's log. */
export type Arrival = {
  readonly offset: number
  readonly session: string
  readonly origin: Origin
  /** How often it was sent on. */
  readonly hops: number
  /** Generation under which it was sent here; -1 when its sender knew of none. */
  readonly generation: number
  /** Whatever the caller needs to find its record again; no rule looks into it. */
  readonly body?: unknown
}

/**
 * A delivery that is not settled. `waiting`: nobody has it. `written`: a socket of the session has it. `leaving`: it
 * is being sent on or reported, and settles when Kafka has that.
 */
export type Entry = Arrival & {
  state: 'waiting' | 'written' | 'leaving'
  mayHaveArrived: boolean
  /** The session's entries around this one, in log order. */
  before: Entry | undefined
  after: Entry | undefined
  settled: boolean
}

/** What of a session is not settled, as a list in log order. */
export type Unsettled = { first: Entry; last: Entry; size: number }

/** A session whose connection is on this node and on this slot. */
export type Attached = {
  readonly generation: number
  readonly confirms: boolean
  /** What the sweep delivers, or has delivered, of this log and of others. */
  covered: Range[]
  /** False until the sweep has been written: until then what comes waits. */
  ready: boolean
}

export type SlotState = {
  readonly slot: number
  readonly epoch: number
  readonly maxHops: number
  /** What is before this offset may have been shown to a client by an earlier holder, or by a sweep. */
  seenBefore: number
  /** How much of it sweeps on this node have shown or will. */
  sweptTo: number
  /** Control records before this offset were read ahead; nothing is forgotten until they are behind `next`. */
  readonly foreseenTo: number
  next: number
  /** Takeovers before this offset may be unknown here: not read, or forgotten. */
  forgottenTo: number
  /** Committed before what is gone from the log; stays there until that is reported. */
  gone: number | undefined
  /** Highest epoch of a canary. */
  fence: number
  /** Where the last canary of this holder stands. */
  canaryAt: number
  /** Not settled, by offset, in log order. */
  readonly entries: EntryLog<Entry>
  /** Of each session that has any. */
  readonly bySession: Map<string, Unsettled>
  readonly places: Map<string, Place>
  /** The takeover of the highest generation in this log. */
  readonly taken: Map<string, { readonly generation: number; readonly offset: number }>
  readonly attached: Map<string, Attached>
  /** How many connections are just being opened for a session: it cannot end meanwhile. */
  readonly opening: Map<string, number>
  /** The record that ended each session; `over` until it is taken over again further on. */
  readonly ended: Map<string, { readonly at: number; readonly over: boolean }>
  /** What later records of the backlog say is settled; empty once it is read. */
  readonly settled: Map<string, Range[]>
  /** Sessions of `places`, `taken` and `ended`, the longest untouched first; those in use need not be among them. */
  readonly remembered: Set<string>
}

/** `next` is the offset to begin at, `seenBefore` that of the holder's first canary. */
export const createSlotState = (
  slot: number,
  epoch: number,
  next: number,
  seenBefore: number,
  maxHops: number,
): SlotState => ({
  slot,
  epoch,
  maxHops,
  seenBefore,
  sweptTo: 0,
  foreseenTo: seenBefore,
  next,
  forgottenTo: next,
  gone: undefined,
  fence: 0,
  canaryAt: -1,
  entries: new EntryLog(),
  bySession: new Map(),
  places: new Map(),
  taken: new Map(),
  attached: new Map(),
  opening: new Map(),
  ended: new Map(),
  settled: new Map(),
  remembered: new Set(),
})

/** The offset that may be committed: everything before it is settled. */
export const watermark = (state: SlotState): number => state.gone ?? state.entries.first ?? state.next

const toEntry = (arrival: Arrival, state: Entry['state'], mayHaveArrived: boolean): Entry => ({
  offset: arrival.offset,
  session: arrival.session,
  origin: arrival.origin,
  hops: arrival.hops,
  generation: arrival.generation,
  body: arrival.body,
  state,
  mayHaveArrived,
  before: undefined,
  after: undefined,
  settled: false,
})

export function begin(state: SlotState, arrival: Arrival): Entry {
  const { offset, session, origin, hops } = arrival
  // An earlier holder, or a node that read this log ahead, may have shown it to the client.
  const mayHaveArrived = offset < state.seenBefore || (hops > 0 && origin.slot !== undefined) || hops > 1
  const entry = toEntry(arrival, 'waiting', mayHaveArrived)
  state.entries.add(entry)
  const own = state.bySession.get(session)
  if (own === undefined) state.bySession.set(session, { first: entry, last: entry, size: 1 })
  else {
    entry.before = own.last
    own.last.after = entry
    own.last = entry
    own.size++
  }
  return entry
}

/**
 * A place in the log that is no delivery for one session but has to be settled too: a broadcast, a record that nobody can
 * read, one that is being split. It belongs to no session, so no rule touches it; `settle` it when it is dealt with.
 */
export function holdPlace(state: SlotState, offset: number): Entry {
  const origin = { slot: state.slot, offset }
  const entry = toEntry({ offset, session: '', origin, hops: 0, generation: -1 }, 'leaving', false)
  advance(state, offset)
  state.entries.add(entry)
  return entry
}

/** Once more does nothing. */
export function settle(state: SlotState, entry: Entry): void {
  if (entry.settled) return
  const { session, before, after } = entry
  // What is settled must not hold what came later: the collector would take its time to see that both can go.
  entry.before = undefined
  entry.after = undefined
  state.entries.settle(entry)
  const own = state.bySession.get(session)
  // A held place is in no session's list.
  if (own === undefined || (before === undefined && own.first !== entry)) return
  if (own.size-- === 1) {
    state.bySession.delete(session)
    if (!state.attached.has(session)) touch(state, session)
    return
  }
  if (before !== undefined) before.after = after
  else if (after !== undefined) own.first = after
  if (after !== undefined) after.before = before
  else if (before !== undefined) own.last = before
}

/** Makes a session of which anything is known the youngest of those that are remembered. */
export function touch(state: SlotState, session: string): void {
  const known = state.places.has(session) || state.taken.has(session) || state.ended.has(session)
  if (state.remembered.delete(session) || known) state.remembered.add(session)
}

/** The record at `offset` was read. */
export function advance(state: SlotState, offset: number): void {
  state.next = offset + 1
  if (state.settled.size > 0 && offset >= state.foreseenTo) state.settled.clear()
}

/** Entries of a session, in log order. */
export function entriesOf(state: SlotState, session: string): readonly Entry[] {
  const entries: Entry[] = []
  for (let entry = state.bySession.get(session)?.first; entry; entry = entry.after) entries.push(entry)
  return entries
}
