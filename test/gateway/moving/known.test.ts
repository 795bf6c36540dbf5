// What a slot's holder may forget, and what it may not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foresee } from '../../../gateway/moving/adoption.ts'
import type { Takeover } from '../../../gateway/moving/control.ts'
import { forget, forgetOldest } from '../../../gateway/moving/known.ts'
import { onControl, onDelivery } from '../../../gateway/moving/on-record.ts'
import {
  endNow,
  onAttach,
  onDetach,
  onOpened,
  onOpening,
  onWindowOver,
} from '../../../gateway/moving/on-session.ts'
import { createSlotState, type SlotState, settle } from '../../../gateway/moving/slot-state.ts'

const held = (): SlotState => createSlotState(1, 10, 0, 0, 4)
const takeover = (session: string, generation: number): Takeover => ({
  kind: 'takeover',
  session,
  generation,
  slot: 2,
  at: 0,
  atHash: 0,
  from: 0,
  had: 0,
})
const delivery = (session: string, offset: number) => ({
  offset,
  session,
  origin: { slot: 1, offset },
  hops: 0,
  generation: -1,
})
const beat = (state: SlotState, offset: number) => onControl(state, offset, { kind: 'canary', epoch: 10 })
const attach = (state: SlotState, session: string) =>
  onAttach(state, { session, generation: 1, confirms: true, covered: [] })

test('a session in use is not forgotten', () => {
  const state = held()
  attach(state, 'here')
  onOpening(state, 'opening')
  onControl(state, 0, takeover('opening', 1))
  onDelivery(state, delivery('waiting', 1))
  for (const session of ['here', 'opening', 'waiting']) assert.equal(forget(state, session), false, session)
  onDetach(state, 'here', 1)
  onOpened(state, 'opening')
  assert.equal(forget(state, 'opening'), false, 'its new node may still read this log')
  beat(state, 2)
  for (const entry of state.entries.values()) settle(state, entry)
  for (const session of ['here', 'opening', 'waiting']) assert.equal(forget(state, session), true, session)
  assert.deepEqual([state.places.size, state.taken.size, state.remembered.size], [0, 0, 0])
})

test('the sessions longest untouched are forgotten first, and those in use are skipped', () => {
  const state = held()
  attach(state, 'here')
  for (const [offset, session] of ['a', 'b', 'c', 'a'].entries())
    onControl(state, offset, takeover(session, offset))
  assert.equal(forgetOldest(state, 0), 0)
  beat(state, 4)
  assert.equal(forgetOldest(state, 2), 1)
  assert.deepEqual([...state.places.keys()].sort(), ['a', 'c', 'here'])
  assert.equal(forgetOldest(state, 1), 1)
  assert.deepEqual([...state.places.keys()].sort(), ['a', 'here'])
  onDetach(state, 'here', 1)
  assert.equal(forgetOldest(state, 1), 1)
  assert.deepEqual([...state.places.keys()], ['here'])
})

test('nothing is forgotten of a backlog that is not read yet', () => {
  const state = createSlotState(1, 10, 0, 5, 4)
  foresee(state, 4, takeover('s', 1))
  assert.equal(forget(state, 's'), false)
  assert.equal(forgetOldest(state, 0), 0)
  onControl(state, 5, { kind: 'canary', epoch: 10 })
  assert.equal(forgetOldest(state, 0), 1)
})

test('an end is not believed where a takeover that it could not know may be forgotten', () => {
  const state = held()
  onDelivery(state, delivery('s', 0))
  const [asked] = onWindowOver(state, 's')
  assert.ok(asked?.kind === 'append')
  for (const action of onControl(state, 1, takeover('s', 1)))
    if (action.kind === 'forward') settle(state, action.entry)
  beat(state, 2)
  assert.equal(forget(state, 's'), true)
  onDelivery(state, delivery('s', 3))
  assert.deepEqual(onControl(state, 4, asked.record), [{ kind: 'resolve', session: 's' }])
})

test('a session that its client ended is over at once, and one that came back meanwhile is not', () => {
  const [state, later] = [held(), held()]
  for (const each of [state, later]) {
    attach(each, 's')
    onDelivery(each, delivery('s', 0))
  }
  const kinds = (actions: readonly { kind: string }[]): string[] => actions.map(({ kind }) => kind)
  assert.deepEqual(kinds(endNow(state, 's', 1)), ['append'])
  onAttach(later, { session: 's', generation: 2, confirms: true, covered: [] })
  assert.deepEqual(kinds(endNow(later, 's', 1)), [])
  onOpening(later, 's')
  assert.deepEqual(kinds(endNow(later, 's', 2)), ['resolve'])
})

test('what comes after the end of its session is reported once another end stands behind it', () => {
  const state = held()
  const kinds = (actions: readonly { kind: string }[]): string[] => actions.map(({ kind }) => kind)
  onDelivery(state, delivery('s', 0))
  const [first] = onWindowOver(state, 's')
  assert.ok(first?.kind === 'append')
  assert.deepEqual(kinds(onControl(state, 1, first.record)), ['report'])
  for (const entry of state.entries.values()) settle(state, entry)
  const [second, ...others] = onDelivery(state, delivery('s', 2))
  assert.ok(second?.kind === 'append')
  assert.deepEqual(kinds(others), ['resolve'])
  assert.deepEqual(kinds(onDelivery(state, delivery('s', 3))), ['resolve'])
  assert.deepEqual(kinds(onControl(state, 4, second.record)), ['report', 'report'])
})
