// The log of unsettled entries answers as a map would, whatever is settled in between.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EntryLog } from '../../../gateway/moving/entry-log.ts'
import { createRandom } from '../../simulation/random.ts'

test('it holds what was added and not settled, in order, and finds it by its offset', () => {
  const random = createRandom(7)
  const log = new EntryLog<{ offset: number; settled: boolean }>()
  const map = new Map<number, { offset: number; settled: boolean }>()
  let offset = 0
  for (let step = 0; step < 30_000; step++) {
    // It grows for a while and shrinks for a while.
    if (random(10) < (step % 10_000 < 5000 ? 7 : 3)) {
      offset += 1 + random(3)
      const entry = { offset, settled: false }
      log.add(entry)
      map.set(offset, entry)
    } else {
      const keys = [...map.keys()]
      const at = keys[random(4) === 0 ? random(keys.length || 1) : 0]
      const entry = at === undefined ? undefined : map.get(at)
      if (entry !== undefined) log.settle(entry)
      if (at !== undefined) map.delete(at)
    }
    const asked = random(offset + 2)
    assert.equal(log.get(asked), map.get(asked))
    assert.equal(log.size, map.size)
    assert.equal(log.first, map.keys().next().value)
    if (step % 500 === 0) assert.deepEqual([...log.values()], [...map.values()])
  }
})

test('what is settled while the entries are gone through is left out', () => {
  const log = new EntryLog<{ offset: number; settled: boolean }>()
  const entries = [1, 2, 3].map((offset) => ({ offset, settled: false }))
  for (const entry of entries) log.add(entry)
  const seen: number[] = []
  for (const { offset } of log.values()) {
    seen.push(offset)
    if (offset === 1 && entries[1] !== undefined) log.settle(entries[1])
  }
  assert.deepEqual(seen, [1, 3])
})
