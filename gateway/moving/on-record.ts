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
import { isEnded, knownGeneration, noteEnd, notePlace, noteReturn, noteTakeover } from './known.ts'
import { forward, forwardAll, isBefore, report, write } from './leave.ts'
import { type Arrival, advance, begin, entriesOf, type SlotState, settle } from './slot-state.ts'

/**
 * The log begins behind what was read: the rest is gone, takeovers of sessions that are still attached among it. So the
 * slot is given up, and its clients learn of the gap when they return.
 */
export function onGone(state: SlotState, start: number): Action[] {
  return [{ kind: 'lost-range', from: state.next, to: start }, { kind: 'lost' }]
}

/** The reader is at `next`: what stands before it and was not given is no record, such as one of an aborted transaction. */
export function onSkipped(state: SlotState, next: number): void {
  if (next > state.next) advance(state, next - 1)
}

/** A delivery for a session. */
export function onDelivery(state: SlotState, arrival: Arrival): Action[] {
  const { session, offset } = arrival
  advance(state, offset)
  if (isWithin(state.settled.get(session) ?? [], state.slot, offset)) return []
  const entry = begin(state, arrival)
  if (isEnded(state, session, offset)) return report([entry])
  const attached = state.attached.get(session)
  if (attached !== undefined) {
    if (isBefore(state, attached, offset))
      return forward(state, entry, { slot: state.slot, generation: attached.generation })
    if (isWithin(attached.covered, state.slot, offset)) return written(state, session, entry)
    if (isWithin(attached.covered, entry.origin.slot, entry.origin.offset))
      return written(state, session, entry)
    const ahead = attached.covered.find(({ slot }) => slot === entry.origin.slot && slot !== state.slot)
    const stop: Action[] = ahead ? [{ kind: 'stop-following', session, slot: ahead.slot }] : []
    if (!attached.ready) return stop
    return [...stop, write(entry)]
  }
  const place = state.places.get(session)
  if (place !== undefined && place.slot !== state.slot && place.generation > arrival.generation)
    return forward(state, entry, place)
  if (arrival.generation > knownGeneration(state, session))
    notePlace(state, session, state.slot, arrival.generation)
  return [{ kind: 'resolve', session }]
}

/** The sweep has brought it, or will before anything else: it only waits for the client's confirmation. */
function written(state: SlotState, session: string, entry: ReturnType<typeof begin>): Action[] {
  const attached = state.attached.get(session)
  entry.mayHaveArrived = true
  entry.state = 'written'
  if (attached?.ready && !attached.confirms) settle(state, entry)
  return []
}

export function onControl(state: SlotState, offset: number, record: ControlRecord): Action[] {
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
function onTakeover(state: SlotState, offset: number, record: Takeover): Action[] {
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

function onSettled(state: SlotState, { session, from, to }: Settled): Action[] {
  for (const entry of entriesOf(state, session))
    if (entry.state !== 'leaving' && entry.offset >= from && entry.offset < to) settle(state, entry)
  return []
}

function onEnded(state: SlotState, offset: number, record: Ended): Action[] {
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
function onCanary(state: SlotState, offset: number, { epoch }: Canary): Action[] {
  state.fence = Math.max(state.fence, epoch)
  if (epoch > state.epoch) return [{ kind: 'lost' }]
  if (epoch === state.epoch) {
    state.canaryAt = offset
    if (state.seenBefore === Number.POSITIVE_INFINITY) state.seenBefore = offset
    return []
  }
  state.seenBefore = Number.POSITIVE_INFINITY
  for (const entry of state.entries.values()) entry.mayHaveArrived = true
  return [{ kind: 'append', record: { kind: 'canary', epoch: state.epoch } }]
}
