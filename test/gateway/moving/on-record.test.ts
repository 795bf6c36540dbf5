// What a slot's holder does with the records of its log, one rule at a time; histories of them are in test/simulation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foresee, isFenced, isTooLate, planAdoption } from '../../../gateway/moving/adoption.ts'
import type { Takeover } from '../../../gateway/moving/control.ts'
import { onControl, onDelivery } from '../../../gateway/moving/on-record.ts'
import {
  onAttach,
  onConfirm,
  onDetach,
  onSwept,
  onWindowOver,
  onWritten,
} from '../../../gateway/moving/on-session.ts'
import {
  createSlotState,
  holdPlace,
  type SlotState,
  settle,
  watermark,
} from '../../../gateway/moving/slot-state.ts'

const delivery = (offset: number, from?: { slot: number; offset: number }) => ({
  offset,
  session: 's',
  origin: from ?? { slot: 1, offset },
  hops: from === undefined ? 0 : 1,
  generation: -1,
})
const takeover = (generation: number, slot: number): Takeover => ({
  kind: 'takeover',
  session: 's',
  generation,
  slot,
  at: 0,
  atHash: 0,
  from: 0,
  had: 0,
})
const held = (): SlotState => createSlotState(1, 10, 0, 0, 4)
function attached(confirms: boolean): SlotState {
  const state = held()
  onAttach(state, { session: 's', generation: 1, confirms, covered: [{ slot: 2, from: 5, to: 9 }] })
  onSwept(state, 's')
  return state
}
const kinds = (actions: readonly { kind: string }[]): string[] => actions.map(({ kind }) => kind)

test('a delivery to a client that confirms is settled by its confirmation and not before', () => {
  const state = attached(true)
  assert.deepEqual(kinds(onDelivery(state, delivery(0))), ['write'])
  onWritten(state, 0)
  assert.equal(watermark(state), 0)
  onConfirm(state, 's', 1, 1)
  assert.equal(watermark(state), 1)
})

test('a forward of what the sweep has brought is not written again', () => {
  const state = attached(false)
  assert.deepEqual(onDelivery(state, delivery(0, { slot: 2, offset: 7 })), [])
  assert.equal(watermark(state), 1)
  assert.deepEqual(kinds(onDelivery(state, delivery(1, { slot: 2, offset: 9 }))), ['stop-following', 'write'])
})

test('a takeover closes the older connection and sends on what it has not confirmed', () => {
  const state = attached(true)
  onDelivery(state, delivery(0))
  assert.deepEqual(kinds(onControl(state, 1, takeover(2, 3))), ['close', 'forward'])
  assert.deepEqual(onControl(state, 2, takeover(2, 3)), [])
  assert.deepEqual(onControl(state, 3, takeover(1, 2)), [])
  assert.deepEqual(kinds(onDelivery(state, delivery(4))), ['forward'])
})

test('what waits is reported when the end of its session is read, and not when a takeover stands before', () => {
  const [alone, taken] = [held(), held()]
  onDelivery(alone, delivery(0))
  onDelivery(taken, delivery(0))
  const [asked] = onWindowOver(alone, 's')
  assert.ok(asked?.kind === 'append')
  assert.deepEqual(kinds(onControl(alone, 1, asked.record)), ['report'])
  onControl(taken, 1, takeover(1, 2))
  assert.deepEqual(onControl(taken, 2, asked.record), [])
})

test('a holder is lost when the log shows the canary of a later one', () => {
  const state = held()
  assert.deepEqual(onControl(state, 0, { kind: 'canary', epoch: 10 }), [])
  assert.deepEqual(kinds(onControl(state, 1, { kind: 'canary', epoch: 11 })), ['lost'])
  const late = createSlotState(1, 10, 0, 5, 4)
  foresee(late, 3, { kind: 'canary', epoch: 12 })
  assert.ok(isFenced(late))
  assert.ok(isTooLate(6, 5))
})

test('what the backlog says is settled further on is passed over', () => {
  const state = createSlotState(1, 10, 0, 5, 4)
  foresee(state, 4, { kind: 'settled', session: 's', from: 0, to: 2 })
  onDelivery(state, delivery(0))
  assert.equal(watermark(state), 1)
  assert.deepEqual(kinds(onDelivery(state, delivery(2))), ['resolve'])
})

test('orphans with the longest backlog are adopted first, as many as there is room for', () => {
  const seen = [
    { slot: 0, live: true, lag: 9 },
    { slot: 1, live: false, lag: 2 },
    { slot: 2, live: false, lag: 5 },
    { slot: 3, live: false, lag: 0 },
  ]
  assert.deepEqual(planAdoption(seen, [0], 2), [2])
  assert.deepEqual(planAdoption(seen, [0], 9), [2, 1])
})

test('what is no delivery for one session holds the watermark until it is settled', () => {
  const state = attached(false)
  const place = holdPlace(state, 0)
  onDelivery(state, delivery(1))
  onWritten(state, 1)
  onControl(state, 2, takeover(2, 3))
  assert.deepEqual([watermark(state), state.next], [0, 3])
  settle(state, place)
  assert.equal(watermark(state), 3)
})

test("an entry keeps its caller's record", () => {
  const state = attached(true)
  const body = { any: 'thing' }
  const [action] = onDelivery(state, { ...delivery(0), body })
  assert.ok(action?.kind === 'write')
  assert.equal(action.entry.body, body)
})

test('what a sweep on this node has shown may have arrived, also once a late older holder was shown the fence', () => {
  const state = held()
  onControl(state, 0, { kind: 'canary', epoch: 10 })
  onAttach(state, { session: 's', generation: 1, confirms: true, covered: [{ slot: 1, from: 0, to: 5 }] })
  onDetach(state, 's', 1)
  assert.deepEqual(kinds(onControl(state, 1, { kind: 'canary', epoch: 9 })), ['append'])
  onControl(state, 2, { kind: 'canary', epoch: 10 })
  onDelivery(state, delivery(3))
  onDelivery(state, delivery(6))
  assert.deepEqual(
    [...state.entries.values()].map(({ mayHaveArrived }) => mayHaveArrived),
    [true, false],
  )
})
