// A repeat within the window is known, and how far its first copy came.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IdWindow } from '../../../gateway/session/id-window.ts'

const place = { topic: 't', partition: 1, offset: 5 }

test('an id is new, then on its way, then at its place', () => {
  const window = new IdWindow(10)
  assert.equal(window.enter('a'), 'new')
  assert.equal(window.enter('a'), 'inflight')
  window.acked('a', place)
  assert.equal(window.enter('a'), place)
})

test('an id that was refused is new again', () => {
  const window = new IdWindow(10)
  window.enter('a')
  window.refused('a')
  assert.equal(window.enter('a'), 'new')
})

test('the oldest is forgotten first, and an ack for it changes nothing', () => {
  const window = new IdWindow(2)
  for (const id of ['a', 'b', 'c']) window.enter(id)
  window.acked('a', place)
  assert.deepEqual([window.enter('b'), window.enter('c')], ['inflight', 'inflight'])
  assert.equal(window.enter('a'), 'new')
})
