// The queue of a lane and the pressure of a publisher: order, batches, bounds and marks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../../../gateway/broker/entry.ts'
import { Pressure } from '../../../gateway/broker/pressure.ts'
import { Queue } from '../../../gateway/broker/queue.ts'

const entry = (size: number, deadline: number): Entry => ({
  record: { topic: 't', key: 'k', value: Buffer.alloc(0), headers: {} },
  onOutcome: () => undefined,
  deadline,
  size,
  settled: false,
})
const filled = (count: number, size = 10) => {
  const queue = new Queue()
  for (let n = 0; n < count; n++) queue.push(entry(size, n))
  return queue
}

test('a batch has at most so many records and bytes, but at least one record', () => {
  const queue = filled(10)
  assert.equal(queue.take(3, 1_000).length, 3)
  assert.equal(queue.take(100, 25).length, 2)
  assert.equal(queue.take(100, 1).length, 1)
  assert.equal(queue.length, 4)
  assert.deepEqual(
    queue.take(100, 1_000).map(({ deadline }) => deadline),
    [6, 7, 8, 9],
  )
  assert.equal(queue.take(1, 1).length, 0)
})

test('expired records leave from the front, the order of the others stays', () => {
  const queue = filled(5_000)
  assert.equal(queue.takeExpired(2_999).length, 3_000)
  assert.equal(queue.length, 2_000)
  queue.push(entry(10, 9_999))
  const rest = queue.take(10_000, 1_000_000).map(({ deadline }) => deadline)
  assert.deepEqual([rest[0], rest.at(-2), rest.at(-1)], [3_000, 4_999, 9_999])
})

test('pressure begins at its high mark, ends below its low one, and says each change once', () => {
  const pressure = new Pressure({ count: 8, bytes: 1_000 })
  const said: boolean[] = []
  const off = pressure.onChange((pressed) => void said.push(pressed))
  for (let n = 0; n < 5; n++) assert.equal(pressure.enter(1), true)
  assert.deepEqual(said, [])
  pressure.enter(1)
  assert.deepEqual(said, [true])
  pressure.leave(1)
  pressure.leave(1)
  assert.equal(pressure.pressed, true)
  pressure.leave(1)
  assert.deepEqual(said, [true, false])
  off()
  assert.equal(pressure.enter(990), true)
  assert.deepEqual(said, [true, false])
})

test('nothing enters beyond a limit, but an empty queue takes a record of any size', () => {
  const pressure = new Pressure({ count: 2, bytes: 100 })
  assert.equal(pressure.enter(500), true)
  assert.equal(pressure.enter(1), false)
  pressure.leave(500)
  assert.deepEqual(
    [pressure.enter(50), pressure.enter(51), pressure.enter(50), pressure.enter(0)],
    [true, false, true, false],
  )
})
