// When an absent session's time is over, and whose is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Windows } from '../../../gateway/slots/windows.ts'

const names = (windows: readonly { session: string }[]) => windows.map(({ session }) => session)

test('a window is due once, when its time has come', () => {
  const windows = new Windows<string>()
  windows.open('a', 100, 'facts of a')
  windows.open('b', 200)
  assert.deepEqual(windows.due(99), [])
  assert.deepEqual(windows.due(100), [{ session: 'a', facts: 'facts of a', dueAt: 100 }])
  assert.deepEqual([names(windows.due(300)), windows.size], [['b'], 0])
})

test('who comes back is no longer due', () => {
  const windows = new Windows<string>()
  windows.open('a', 100, 'facts')
  assert.equal(windows.close('a')?.facts, 'facts')
  assert.equal(windows.close('a'), undefined)
  assert.deepEqual([windows.due(100), windows.has('a'), windows.find('a')], [[], false, undefined])
})

test('a session that was here keeps its time and its facts when more comes for it', () => {
  const windows = new Windows<string>()
  windows.open('a', 100, 'facts')
  windows.open('a', 50)
  windows.open('a', 900)
  assert.deepEqual(windows.find('a'), { session: 'a', facts: 'facts', dueAt: 100 })
})

test('one that was only heard of keeps its first time, until it was here itself', () => {
  const windows = new Windows<string>()
  windows.open('a', 100)
  windows.open('a', 900)
  assert.equal(windows.find('a')?.dueAt, 100)
  windows.open('a', 500, 'facts')
  assert.deepEqual([...windows.facts()], ['facts'])
  assert.equal(windows.find('a')?.dueAt, 500)
})
