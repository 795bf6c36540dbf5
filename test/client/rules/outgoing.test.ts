// What waits for answers: its order, its window, refusals that hold back their lane, and what a lost connection does to it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, Outgoing } from '../../../client/rules/outgoing.ts'

const entry = (id: string, lane = 'a'): Entry => ({
  id,
  lane,
  sent: false,
  taken: false,
  notBefore: 0,
  refusals: 0,
})

const filled = (...entries: Entry[]): Outgoing<Entry> => {
  const outgoing = new Outgoing<Entry>()
  for (const each of entries) outgoing.add(each)
  return outgoing
}

const ids = (entries: readonly Entry[]) => entries.map(({ id }) => id).join('')

test('as many as the window takes go out, in order, and more after answers', () => {
  const outgoing = filled(entry('1'), entry('2'), entry('3'))
  assert.equal(ids(outgoing.due(0, 2)), '12')
  assert.equal(ids(outgoing.due(0, 2)), '')
  outgoing.take('1')
  assert.equal(ids(outgoing.due(0, 2)), '3')
  assert.deepEqual([outgoing.onTheWay, outgoing.size], [2, 2])
})

test('a refused one holds back what is behind it in its lane, and nothing else', () => {
  const outgoing = filled(entry('1'), entry('2'), entry('3', 'b'))
  const [first] = outgoing.due(0, 1)
  assert.ok(first)
  outgoing.again(first, 500, false)
  assert.equal(ids(outgoing.due(100, 9)), '3')
  assert.equal(outgoing.nextLook(100), 500)
  assert.equal(ids(outgoing.due(500, 9)), '12')
  assert.equal(outgoing.nextLook(500), undefined)
})

test('a refusal that is about the client holds back everything', () => {
  const outgoing = filled(entry('1'), entry('2', 'b'))
  const [first] = outgoing.due(0, 1)
  assert.ok(first)
  outgoing.again(first, 300, true)
  assert.equal(ids(outgoing.due(299, 9)), '')
  assert.equal(outgoing.nextLook(299), 300)
  assert.equal(ids(outgoing.due(300, 9)), '12')
})

test('a lost connection sends all again in the first order, but what was taken', () => {
  const outgoing = filled(entry('1'), entry('2'), entry('3'))
  const [one] = outgoing.due(0, 9)
  assert.ok(one)
  one.taken = true
  outgoing.lost()
  assert.equal(outgoing.onTheWay, 0)
  assert.equal(ids(outgoing.due(0, 9)), '23')
})

test('what could not be sent is due again', () => {
  const outgoing = filled(entry('1'))
  const [one] = outgoing.due(0, 1)
  assert.ok(one)
  outgoing.unsend(one)
  assert.equal(outgoing.onTheWay, 0)
  assert.equal(ids(outgoing.due(0, 1)), '1')
})
