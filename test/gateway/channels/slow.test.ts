// What is kept for a client that reads too slowly, and what is shown first of a conflating channel.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Held, newest } from '../../../gateway/channels/slow.ts'
import { entryAt, offsetsOf } from './entries.ts'

const { bytes } = entryAt(1)

const taken = (held: Held): unknown => {
  const dropped = held.takeDropped()
  return [offsetsOf(held.take(Number.POSITIVE_INFINITY)), dropped]
}

test('the oldest are dropped and counted, once', () => {
  const held = new Held('drop-oldest', 3 * bytes)
  for (let offset = 1; offset <= 5; offset++) held.add(entryAt(offset, { conflationKey: 'k' }))
  assert.equal(held.oldest?.offset, 3)
  assert.deepEqual(taken(held), [[3, 4, 5], 2])
  assert.deepEqual(taken(held), [[], 0])
  held.add(entryAt(6))
  held.dropAll()
  assert.deepEqual(taken(held), [[], 1])
})

test('they are taken from the oldest on, as many as are asked for', () => {
  const held = new Held('drop-oldest', 9 * bytes)
  for (let offset = 1; offset <= 5; offset++) held.add(entryAt(offset))
  assert.deepEqual(offsetsOf(held.take(2 * bytes)), [1, 2])
  assert.deepEqual(offsetsOf(held.take(1)), [3])
  assert.deepEqual(taken(held), [[4, 5], 0])
  assert.equal(held.bytes, 0)
})

test('all channels of a client share one bound, and what is taken or dropped makes room for the others', () => {
  const all = { bytes: 0 }
  const [one, other] = [
    new Held('drop-oldest', 9 * bytes, all, 4 * bytes),
    new Held('conflate', 9 * bytes, all, 4 * bytes),
  ]
  for (let offset = 1; offset <= 3; offset++) one.add(entryAt(offset))
  for (let offset = 4; offset <= 6; offset++) other.add(entryAt(offset))
  assert.equal(all.bytes, 4 * bytes)
  assert.deepEqual(taken(other), [[6], 2])
  one.dropAll()
  assert.equal(all.bytes, 0)
  for (let offset = 7; offset <= 9; offset++) other.add(entryAt(offset))
  assert.deepEqual(taken(other), [[7, 8, 9], 0])
})

test('conflating keeps the newest of each key at its own place, and what has no key as it is', () => {
  const held = new Held('conflate', 100 * bytes)
  for (const [offset, key] of [
    [1, 'a'],
    [2, 'b'],
    [3, ''],
    [4, 'a'],
    [5, undefined],
    [6, undefined],
    [7, 'b'],
    [8, 'a'],
  ] as const)
    held.add(entryAt(offset, key === undefined ? {} : { conflationKey: key }))
  assert.deepEqual(taken(held), [[3, 5, 6, 7, 8], 3])
  held.add(entryAt(9, { conflationKey: 'a' }))
  assert.deepEqual(taken(held), [[9], 0])
})

test('too many keys are bounded as well', () => {
  const held = new Held('conflate', 2 * entryAt(10).bytes)
  for (let offset = 10; offset < 20; offset++) held.add(entryAt(offset, { conflationKey: `${offset}` }))
  held.add(entryAt(10, { conflationKey: '10' }))
  assert.deepEqual(taken(held), [[19, 10], 9])
})

test('the newest messages are the last ones; where they conflate, the last of each key first', () => {
  const entries = ['a', 'b', 'a', 'a', 'c', 'a'].map((conflationKey, n) => entryAt(n, { conflationKey }))
  assert.deepEqual(offsetsOf(newest(entries, 3, 'disconnect')), [3, 4, 5])
  assert.deepEqual(offsetsOf(newest(entries, 3, 'conflate')), [1, 4, 5])
  assert.deepEqual(offsetsOf(newest(entries, 2, 'conflate')), [4, 5])
  assert.deepEqual(offsetsOf(newest(entries, 4, 'conflate')), [1, 3, 4, 5])
  assert.deepEqual(offsetsOf(newest(entries, 9, 'conflate')), [0, 1, 2, 3, 4, 5])
})
