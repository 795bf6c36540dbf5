// What the holder of a slot remembers of its log: deliveries not settled, where their sessions are, and who is here. Pure.
import type { Place, Range } from './control.ts'

/**
 * The first place of a delivery in a log. Where that was no slot's log `slot` is undefined, and `log` tells such logs
 * apart (topic and partition); without it two origins are never taken for one.
 */
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
export type Entry = Arrival & { state: 'waiting' | 'written' | 'leaving'; mayHaveArrived: boolean }

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
  readonly readFrom: number
  /** Control records before this offset were read ahead. */
  readonly foreseenTo: number
  next: number
  /** Committed before what is gone from the log; stays there until that is reported. */
  gone: number | undefined
  /** Highest epoch of a canary. */
  fence: number
  /** Not settled, by offset, in log order. */
  readonly entries: Map<number, Entry>
  readonly bySession: Map<string, Set<Entry>>
  readonly places: Map<string, Place>
  /** The takeover of the highest generation in this log. */
  readonly taken: Map<string, { readonly generation: number; readonly offset: number }>
  readonly attached: Map<string, Attached>
  /** How many connections are just being opened for a session: it cannot end meanwhile. */
  readonly opening: Map<string, number>
  /** The record that ended each session; `over` until it is taken over again further on. */
  readonly ended: Map<string, { readonly at: number; readonly over: boolean }>
  /** What later records of the backlog say is settled. */
  readonly settled: Map<string, Range[]>
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
  readFrom: next,
  foreseenTo: seenBefore,
  next,
  gone: undefined,
  fence: 0,
  entries: new Map(),
  bySession: new Map(),
  places: new Map(),
  taken: new Map(),
  attached: new Map(),
  opening: new Map(),
  ended: new Map(),
  settled: new Map(),
})

/** The offset that may be committed: everything before it is settled. */
export function watermark(state: SlotState): number {
  if (state.gone !== undefined) return state.gone
  for (const offset of state.entries.keys()) return offset
  return state.next
}

export function noteTakeover(state: SlotState, session: string, generation: number, offset: number): void {
  if (generation > (state.taken.get(session)?.generation ?? -1))
    state.taken.set(session, { generation, offset })
}

export function begin(state: SlotState, arrival: Arrival): Entry {
  const entry: Entry = { ...arrival, state: 'waiting', mayHaveArrived: mayHaveArrived(state, arrival) }
  state.entries.set(entry.offset, entry)
  const own = state.bySession.get(entry.session)
  if (own === undefined) state.bySession.set(entry.session, new Set([entry]))
  else own.add(entry)
  return entry
}

/**
 * A place in the log that is no delivery for one session but has to be settled too: a broadcast, a record that nobody can
 * read, one that is being split. It belongs to no session, so no rule touches it; `settle` it when it is dealt with.
 */
export function holdPlace(state: SlotState, offset: number): Entry {
  const origin = { slot: state.slot, offset }
  const entry: Entry = { ...{ offset, session: '', origin, hops: 0, generation: -1 }, ...held }
  state.next = offset + 1
  state.entries.set(offset, entry)
  return entry
}

const held = { state: 'leaving', mayHaveArrived: false } as const

export function settle(state: SlotState, entry: Entry): void {
  state.entries.delete(entry.offset)
  const own = state.bySession.get(entry.session)
  own?.delete(entry)
  if (own?.size === 0) state.bySession.delete(entry.session)
}

/** Entries of a session, in log order. */
export const entriesOf = (state: SlotState, session: string): readonly Entry[] => [
  ...(state.bySession.get(session) ?? []),
]

/** Whether a delivery of the session at this offset is one that its end has reported, or must. */
export function isEnded(state: SlotState, session: string, offset: number): boolean {
  const end = state.ended.get(session)
  return end !== undefined && (end.over || offset < end.at)
}

/** Highest generation of a session that this log, or the registry, has told of; -1 for none. */
export const knownGeneration = (state: SlotState, session: string): number =>
  Math.max(state.places.get(session)?.generation ?? -1, state.attached.get(session)?.generation ?? -1)

/** An earlier holder, or a node that read this log ahead, may have shown it to the client. */
function mayHaveArrived(state: SlotState, { offset, origin, hops }: Arrival): boolean {
  return offset < state.seenBefore || (hops > 0 && origin.slot !== undefined) || hops > 1
}
