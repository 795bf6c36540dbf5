// What the holder of a slot does with each record of its log: deliver, send on, report, or remember. Pure.
import type { Action } from './actions.ts'
import {
  type Canary,
  type ControlRecord,
  type Ended,
  isVoid,
  isWithin,
  type Settled,
  type Takeover,
} from './control.ts'
import { knownGeneration, noteEnd, notePlace, noteReturn, noteTakeover } from './known.ts'
import { end, forward, forwardAll, report, write } from './leave.ts'
import {
  type Arrival,
  type Attached,
  advance,
  begin,
  type Entry,
  entriesOf,
  type SlotState,
  settle,
} from './slot-state.ts'

/**
 * The log begins behind what was read: the rest is gone, takeovers of sessions that are still attached among it. So the
 * slot is given up, and its clients learn of the gap when they return.
 */
export function onGone(state: SlotState, start: number): readonly Action[] {
  return [{ kind: 'lost-range', from: state.next, to: start }, { kind: 'lost' }]
}

/** The reader is at `next`: what stands before it and was not given is no record, such as one of an aborted transaction. */
export function onSkipped(state: SlotState, next: number): void {
  if (next > state.next) advance(state, next - 1)
}

/** A delivery for a session. */
export function onDelivery(state: SlotState, arrival: Arrival): readonly Action[] {
  const { session, offset } = arrival
  advance(state, offset)
  if (state.settled.size > 0 && isWithin(state.settled.get(session) ?? nothing, state.slot, offset))
    return nothing
  const entry = begin(state, arrival)
  if (state.ended.size > 0) {
    const end = state.ended.get(session)
    if (end !== undefined && offset < end.at) return report([entry])
    if (end?.over) return onLate(state, session)
  }
  const attached = state.attached.get(session)
  if (attached !== undefined) return onAttachedDelivery(state, attached, entry)
  const place = state.places.get(session)
  if (place !== undefined && place.slot !== state.slot && place.generation > arrival.generation)
    return forward(state, entry, place)
  if (arrival.generation > knownGeneration(state, session))
    notePlace(state, session, state.slot, arrival.generation)
  return [{ kind: 'resolve', session }]
}

/**
 * Behind the end of its session. It is reported once an end stands behind it too: a session that ended here by mistake
 * may come back from elsewhere, and then has what stands behind the end it did not see.
 */
function onLate(state: SlotState, session: string): readonly Action[] {
  const resolve = { kind: 'resolve', session } as const
  const isAsked = state.opening.has(session) || (state.bySession.get(session)?.size ?? 0) > 1
  return isAsked ? [resolve] : [end(state, session), resolve]
}

const nothing: readonly never[] = []

function onAttachedDelivery(state: SlotState, attached: Attached, entry: Entry): readonly Action[] {
  const { slot: from, offset: at } = entry.origin
  let isAhead = false
  let isCovered = false
  for (const { slot, from: start, to } of attached.covered) {
    const isOwn = slot === state.slot
    if (isOwn && entry.offset < start) return forward(state, entry, { slot, generation: attached.generation })
    if ((isOwn && entry.offset < to) || (slot === from && at >= start && at < to)) isCovered = true
    else if (slot === from && !isOwn) isAhead = true
  }
  if (isCovered) return written(state, attached, entry)
  if (!isAhead || from === undefined) return attached.ready ? [write(entry)] : nothing
  const stop = { kind: 'stop-following', session: entry.session, slot: from } as const
  return attached.ready ? [stop, write(entry)] : [stop]
}

/** The sweep has brought it, or will before anything else: it only waits for the client's confirmation. */
function written(state: SlotState, attached: Attached, entry: Entry): readonly Action[] {
  entry.mayHaveArrived = true
  entry.state = 'written'
  if (attached.ready && !attached.confirms) settle(state, entry)
  return nothing
}

export function onControl(state: SlotState, offset: number, record: ControlRecord): readonly Action[] {
  advance(state, offset)
  // `foresee` has had it, and knows which of those that contradict each other counts.
  if (offset < state.foreseenTo) return []
  switch (record.kind) {
    case 'takeover':
      return onTakeover(state, offset, record)
    case 'settled':
      return onSettled(state, record)
    case 'ended':
      return onEnded(state, offset, record)
    case 'canary':
      return onCanary(state, offset, record)
  }
}

/** The session is elsewhere now, or comes here. Older generations and copies change nothing. */
function onTakeover(state: SlotState, offset: number, record: Takeover): readonly Action[] {
  const { session, generation, slot } = record
  const end = state.ended.get(session)
  noteTakeover(state, session, generation, offset)
  if (end?.over) {
    // Its writer reads the end too, and gives up, unless it begins behind it.
    if (end.at >= record.from) return []
    noteReturn(state, session)
  }
  for (const entry of entriesOf(state, session))
    if (entry.state !== 'leaving' && entry.offset >= record.had && entry.offset < record.from)
      settle(state, entry)
  const known = knownGeneration(state, session)
  if (generation < known || (generation === known && slot !== state.places.get(session)?.slot)) return []
  const attached = state.attached.get(session)
  const isNew = attached !== undefined && attached.generation < generation
  const close: Action[] = isNew ? [{ kind: 'close', session, generation: attached.generation }] : []
  if (isNew) state.attached.delete(session)
  notePlace(state, session, slot, generation)
  return slot === state.slot ? close : [...close, ...forwardAll(state, session)]
}

function onSettled(state: SlotState, { session, from, to }: Settled): readonly Action[] {
  for (const entry of entriesOf(state, session))
    if (entry.state !== 'leaving' && entry.offset >= from && entry.offset < to) settle(state, entry)
  return []
}

function onEnded(state: SlotState, offset: number, record: Ended): readonly Action[] {
  const { session } = record
  const taken = state.taken.get(session)
  if (record.epoch < state.fence || (taken !== undefined && taken.offset < offset && isVoid(record, taken)))
    return []
  // A takeover that makes it void may be forgotten.
  if (record.readFrom < state.forgottenTo)
    return state.bySession.has(session) ? [{ kind: 'resolve', session }] : []
  noteEnd(state, session, offset, true)
  return report(entriesOf(state, session).filter((entry) => entry.state !== 'leaving'))
}

/**
 * One of a higher epoch: another holder has begun. One of a lower epoch: an older holder has begun late, and does not see
 * this one's first canary, which is gone from the log; it is shown another, and until then it may write to clients.
 */
function onCanary(state: SlotState, offset: number, { epoch }: Canary): readonly Action[] {
  state.fence = Math.max(state.fence, epoch)
  if (epoch > state.epoch) return [{ kind: 'lost' }]
  if (epoch === state.epoch) {
    state.canaryAt = offset
    if (state.seenBefore === Number.POSITIVE_INFINITY) state.seenBefore = Math.max(offset, state.sweptTo)
    return []
  }
  state.seenBefore = Number.POSITIVE_INFINITY
  for (const entry of state.entries.values()) entry.mayHaveArrived = true
  return [{ kind: 'append', record: { kind: 'canary', epoch: state.epoch } }]
}
