// What is in hand of each partition: done with as far as all before is done, kept over rebalances, let go when it is another's.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGate } from '../../../consumers/kit/gate.ts'
import { byRecord, type LaneOptions } from '../../../consumers/kit/lane.ts'
import { type Batch, offsetOf } from '../../../consumers/kit/record.ts'
import { Work } from '../../../consumers/kit/work.ts'
import { waitFor } from '../../support/wait.ts'

const place = { topic: 't', partition: 0 }

/** Records of the given keys at offsets from `first` on; the batch ends with a control record. */
const batchOf = (keys: readonly (string | null)[], first = 10): Batch => ({
  ...place,
  messages: keys.map((key, index) => ({
    key: key === null ? null : Buffer.from(key),
    value: null,
    offset: String(first + index),
    timestamp: '0',
  })),
  next: first + keys.length + 1,
})

type Options = { handle: LaneOptions['handle']; mostInHand?: number; stopping?: AbortSignal; left?: string[] }

function workWith({ handle, mostInHand = 100, stopping, left = [] }: Options) {
  const work = new Work({
    cut: byRecord,
    handle,
    gate: createGate(100),
    stopping: stopping ?? new AbortController().signal,
    mostInHand,
    heartbeatMs: 5,
    commits: true,
    onArrived: () => undefined,
    onLeft: (lane) => void left.push(`${lane.place.topic}/${lane.place.partition}`),
  })
  work.onAssigned([place], false)
  return work
}

const noBeat = () => Promise.resolve()
const committable = (work: Work) => work.committable().map(({ offset }) => offset)

describe('work in hand', () => {
  it('can be committed past its end, control records included, when all is done', async () => {
    const work = workWith({ handle: () => Promise.resolve(true) })
    assert.equal(await work.onBatch(batchOf(['a', 'b', null]), noBeat), true)
    await work.idle()
    await waitFor(() => committable(work)[0] === 14)
    work.onCommitted(work.committable())
    assert.deepEqual(committable(work), [])
  })

  it('can be committed meanwhile, up to the first record that is not done, while the next batch comes', async () => {
    const slow = Promise.withResolvers<boolean>()
    const work = workWith({
      handle: ([arrival]) => (arrival && offsetOf(arrival) === 12 ? slow.promise : Promise.resolve(true)),
    })
    await work.onBatch(batchOf(['a', 'b', 'c', 'd']), noBeat)
    await work.onBatch(batchOf(['e'], 15), noBeat)
    await waitFor(() => work.inHand === 1)
    assert.deepEqual(committable(work), [12])
    slow.resolve(true)
    await waitFor(() => committable(work)[0] === 17)
  })

  it('lets the next batch wait, and goes on beating, while too much is in hand', async () => {
    const slow = Promise.withResolvers<boolean>()
    const work = workWith({ handle: () => slow.promise, mostInHand: 2 })
    await work.onBatch(batchOf(['a', 'b']), noBeat)
    let beats = 0
    let taken = false
    const beat = () => Promise.resolve(void (beats += 1))
    const waiting = work.onBatch(batchOf(['c'], 13), beat).then((answer) => (taken = answer))
    await waitFor(() => beats > 3)
    assert.equal(taken, false)
    slow.resolve(true)
    await waiting
    assert.equal(taken, true)
  })

  it('begins no more of a partition that is another’s, and commits nothing of it', async () => {
    const slow = Promise.withResolvers<boolean>()
    const begun: number[] = []
    const left: string[] = []
    const work = workWith({
      left,
      handle: ([arrival]) => {
        begun.push(offsetOf(arrival as NonNullable<typeof arrival>))
        return slow.promise
      },
    })
    await work.onBatch(batchOf(['k', 'k', 'k']), noBeat)
    await waitFor(() => begun.length === 1)
    work.onAssigned([], true)
    slow.resolve(true)
    await work.idle()
    assert.deepEqual([begun, left, committable(work)], [[10], ['t/0'], []])
    assert.equal(await work.onBatch(batchOf(['k']), noBeat), false)
  })

  it('handles nothing again that comes again after a rebalance', async () => {
    const begun: number[] = []
    const slow = Promise.withResolvers<boolean>()
    const work = workWith({
      handle: ([arrival]) => {
        begun.push(offsetOf(arrival as NonNullable<typeof arrival>))
        return slow.promise
      },
    })
    await work.onBatch(batchOf(['a', 'b']), noBeat)
    work.onAssigned([place], true)
    await work.onBatch(batchOf(['a', 'b']), noBeat)
    await work.onBatch(batchOf(['c'], 13), noBeat)
    slow.resolve(true)
    await waitFor(() => committable(work)[0] === 15)
    assert.deepEqual(begun, [10, 11, 13])
  })

  it('begins anew where it was no member for a while, and where the topic was made anew', async () => {
    const begun: number[] = []
    const work = workWith({
      handle: ([arrival]) => {
        begun.push(offsetOf(arrival as NonNullable<typeof arrival>))
        return Promise.resolve(true)
      },
    })
    await work.onBatch(batchOf(['a', 'b']), noBeat)
    work.onAssigned([place], false)
    await work.onBatch(batchOf(['a', 'b']), noBeat)
    await waitFor(() => begun.length === 4)
    await work.onBatch(batchOf(['x'], 0), noBeat)
    await waitFor(() => begun.at(-1) === 0)
    assert.deepEqual(committable(work), [2])
  })

  it('commits nothing of a record that was given up', async () => {
    const work = workWith({ handle: () => Promise.resolve(false) })
    await work.onBatch(batchOf(['a', 'b']), noBeat)
    await work.idle()
    assert.deepEqual(committable(work), [10])
  })
})
