// Turns of the event loop: few go on in each, in the order of asking.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turns } from '../../../gateway/slots/turns.ts'

test('of many a few go on in each turn, in the order in which they asked', async () => {
  const turns = new Turns(2)
  const gone: number[] = []
  const all = [0, 1, 2, 3, 4].map(async (n) => {
    await turns.next()
    gone.push(n)
  })
  assert.deepEqual(gone, [])
  const seen: number[] = []
  while (gone.length < 5) {
    await nextTurn()
    seen.push(gone.length)
  }
  await Promise.all(all)
  assert.deepEqual(gone, [0, 1, 2, 3, 4])
  assert.ok(
    seen.every((count, at) => count - (seen[at - 1] ?? 0) <= 2),
    `went on: ${seen.join()}`,
  )
})

test('who asks again stands behind those that wait already', async () => {
  const turns = new Turns(1)
  const gone: string[] = []
  const twice = async (): Promise<void> => {
    await turns.next()
    gone.push('first')
    await turns.next()
    gone.push('again')
  }
  const once = async (): Promise<void> => {
    await turns.next()
    gone.push('other')
  }
  await Promise.all([twice(), once()])
  assert.deepEqual(gone, ['first', 'other', 'again'])
})

test('a line that was empty begins anew', async () => {
  const turns = new Turns()
  await turns.next()
  await turns.next()
  await Promise.all([turns.next(), turns.next()])
})
