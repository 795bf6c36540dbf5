// How a resume finds its way through the logs, one rule at a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ControlRecord } from '../../../gateway/moving/control.ts'
import {
  beginResume,
  coveredBy,
  type Leg,
  onScanned,
  positionIn,
  takeoverFor,
  toSweep,
} from '../../../gateway/moving/resume.ts'

const log = { start: 0, hashBefore: () => 77 }
const own = { slot: 3, epoch: 1, next: 20, hash: 5 }
const begun = (hash = 77) => beginResume('s', 4, { slot: 1, since: 2, next: 6, hash }, own, log)
const moved = (generation: number, slot: number, at: number): ControlRecord => ({
  kind: 'takeover',
  session: 's',
  generation,
  slot,
  at,
  atHash: 0,
  from: 0,
  had: 0,
})

test('it reads the log of the position and its own, and says so in both', () => {
  const resume = begun()
  assert.deepEqual(
    resume.legs.map(({ slot, from }) => [slot, from]),
    [
      [1, 6],
      [3, 20],
    ],
  )
  const { from, had, slot, at } = takeoverFor(resume, resume.legs[0] as Leg)
  assert.deepEqual({ from, had, slot, at }, { from: 6, had: 2, slot: 3, at: 20 })
})

test('it follows an earlier takeover to another log, and its position stays before that one', () => {
  const resume = begun()
  const first = resume.legs[0] as Leg
  onScanned(resume, first, 12, log, [{ offset: 8, record: moved(3, 2, 40) }])
  assert.deepEqual(
    resume.legs.map(({ slot, from }) => [slot, from]),
    [
      [1, 6],
      [3, 20],
      [2, 40],
    ],
  )
  assert.equal(positionIn(resume, first, 7, 1)?.next, 8)
  assert.equal(positionIn(resume, first, 9, 1), undefined)
  assert.deepEqual(coveredBy(resume)[0], { slot: 1, from: 2, to: 12 })
})

test('it gives up for a later connection, for an end that counts, and where a log lost something', () => {
  const [later, over, unread, gone] = [begun(), begun(), begun(), begun()]
  const end: ControlRecord = { kind: 'ended', session: 's', generation: 2, readFrom: 0, epoch: 1 }
  onScanned(later, later.legs[0] as Leg, 12, log, [{ offset: 8, record: moved(5, 2, 40) }])
  onScanned(over, over.legs[0] as Leg, 12, log, [{ offset: 8, record: end }])
  onScanned(unread, unread.legs[0] as Leg, 12, log, [
    { offset: 7, record: moved(3, 2, 40) },
    { offset: 8, record: end },
  ])
  onScanned(gone, gone.legs[0] as Leg, 12, { ...log, start: 7 }, [])
  const answers = [later, over, unread, gone, begun(1)].map(({ refused }) => refused)
  assert.deepEqual(answers, ['superseded', 'ended', undefined, 'lost', 'lost'])
})

test('a copy of what an earlier log brings, or of what the client has, is not swept', () => {
  const resume = begun()
  for (const leg of resume.legs) onScanned(resume, leg, 30, log, [])
  const copies = [3, 9, 50].map((offset, index) => ({
    offset: 21 + index,
    session: 's',
    origin: { slot: 1, offset },
    hops: 1,
    generation: 1,
  }))
  const swept = toSweep(resume, resume.legs[1] as Leg, copies, new Set())
  assert.deepEqual(
    swept.map(({ origin }) => origin.offset),
    [50],
  )
})

test('records from two partitions of another topic may have one offset and are still two', () => {
  const resume = begun()
  for (const leg of resume.legs) onScanned(resume, leg, 30, log, [])
  const from = (offset: number, name?: string) => ({
    offset,
    session: 's',
    origin: { slot: undefined, offset: 7, ...(name === undefined ? {} : { log: name }) },
    hops: 1,
    generation: 1,
  })
  const arrivals = [from(7, 'd/0'), from(8, 'd/1'), from(9, 'd/0'), from(10), from(11)]
  const swept = toSweep(resume, resume.legs[0] as Leg, arrivals, new Set())
  assert.deepEqual(
    swept.map(({ offset }) => offset),
    [7, 8, 10, 11],
  )
})

test('it is refused where the way leads through more logs than it may read', () => {
  const position = { slot: 1, since: 2, next: 6, hash: 77 }
  const resume = beginResume('s', 9, position, { ...own, maxLegs: 3 }, log)
  onScanned(resume, resume.legs[0] as Leg, 12, log, [{ offset: 8, record: moved(3, 2, 40) }])
  assert.equal(resume.refused, undefined)
  onScanned(resume, resume.legs[2] as Leg, 50, log, [{ offset: 44, record: moved(4, 5, 0) }])
  assert.deepEqual([resume.refused, resume.legs.length], ['lost', 3])
})
