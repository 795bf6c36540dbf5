// A cursor finds the leader anew when it has moved, loses nothing to a batch that cannot be read, and waits at an end that is none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toPart } from '../../../gateway/broker/entry.ts'
import type { Fetched } from '../../../gateway/broker/fetch.ts'
import { cutBatches } from '../../../gateway/broker/fetched-batch.ts'
import { LogCursor } from '../../../gateway/broker/log-cursor.ts'
import { Places } from '../../../gateway/broker/places.ts'
import { encodeBatch } from '../../../gateway/broker/record-batch.ts'
import type { Wire } from '../../../gateway/broker/wire.ts'
import { recordOf } from './contract-fixture.ts'

const outOfRange = 1
const notLeader = 6

const fetched = async (firstOffset: number, ...texts: string[]): Promise<Fetched> => {
  const entries = texts.map((text) => ({
    record: recordOf('t', 'k', text),
    onOutcome: () => {},
    deadline: 0,
    size: 100,
    settled: false,
  }))
  const bytes = await encodeBatch(toPart('t', 0, entries), { id: 5n, epoch: 0 }, 'none', 1)
  bytes.writeBigInt64BE(BigInt(firstOffset), 0)
  const end = firstOffset + texts.length
  return { code: 0, highWatermark: end, lastStable: end, start: 0, aborted: [], batches: cutBatches(bytes) }
}
const failed = (code: number): Fetched => ({
  code,
  highWatermark: -1,
  lastStable: -1,
  start: -1,
  aborted: [],
  batches: [],
})

/** A cluster whose leaders, in the order in which they are asked for, are `leaders`; each fetch gets the next answer. */
function start(leaders: number[], answers: Fetched[], ends = { start: 0, end: 10 }) {
  const asked: number[] = []
  const wire = {
    learn: () => undefined,
    ask: (_: number | 'any', api: string, args: { topics: { partitions: { timestamp: number }[] }[] }) => {
      if (api === 'Metadata') {
        const leader = leaders.length > 1 ? leaders.shift() : leaders[0]
        const partitionMetadata = [{ partitionId: 0, leader }]
        return Promise.resolve({ brokers: [], topicMetadata: [{ topicErrorCode: 0, partitionMetadata }] })
      }
      const isStart = args.topics[0]?.partitions[0]?.timestamp === -2
      const offset = String(isStart ? ends.start : ends.end)
      return Promise.resolve({ responses: [{ topic: 't', partitions: [{ errorCode: 0, offset }] }] })
    },
    exchange: (to: number) => {
      asked.push(to)
      const answer = answers.shift()
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('no more answers'))
    },
  } as unknown as Wire
  const places = new Places(wire)
  const cursor = new LogCursor({ wire, places, fetches: wire, topic: 't', partition: 0, from: 4 })
  return { asked, cursor }
}

const texts = ({ records }: { records: readonly { value: Buffer | null }[] }) =>
  records.map(({ value }) => String(value))

test('a log whose leader has moved is fetched from the new one', async () => {
  const { asked, cursor } = start([1, 2], [failed(notLeader), await fetched(4, 'a', 'b')])
  await assert.rejects(cursor.step(0), { name: 'BrokerFailure', kind: 'moved' })
  assert.equal(cursor.next, 4)
  assert.deepEqual(texts(await cursor.step(0)), ['a', 'b'])
  assert.deepEqual(asked, [1, 2])
  assert.equal(cursor.next, 6)
})

test('a partition without a leader is asked for again until it has one', async () => {
  const { asked, cursor } = start([-1, -1, 3], [await fetched(4, 'a')])
  for (let i = 0; i < 2; i++) await assert.rejects(cursor.step(0), { name: 'BrokerFailure', kind: 'moved' })
  assert.deepEqual(texts(await cursor.step(0)), ['a'])
  assert.deepEqual(asked, [3])
})

test('what came before a batch that cannot be read is handed on, and the batch is fetched again', async () => {
  const broken = await fetched(5, 'b')
  const batch = broken.batches[0]
  assert.ok(batch)
  const good = await fetched(4, 'a')
  const both = { ...good, batches: [...good.batches, { ...batch, count: 3 }] }
  const { cursor } = start(
    [1],
    [both, { ...broken, batches: [{ ...batch, count: 3 }] }, await fetched(5, 'b')],
  )
  assert.deepEqual(texts(await cursor.step(0)), ['a'])
  assert.equal(cursor.next, 5)
  await assert.rejects(cursor.step(0), { name: 'BrokerFailure', kind: 'unknown' })
  assert.equal(cursor.next, 5)
  assert.deepEqual(texts(await cursor.step(0)), ['b'])
})

test('only a log that begins above a place, or ends below it, has lost that place', async () => {
  const inside = start([1], [failed(outOfRange)])
  await assert.rejects(inside.cursor.step(0), { name: 'BrokerFailure', kind: 'out-of-range' })
  for (const ends of [
    { start: 5, end: 10 },
    { start: 0, end: 3 },
  ]) {
    const { cursor } = start([1], [failed(outOfRange)], ends)
    assert.deepEqual((await cursor.step(0)).gone, ends)
    assert.equal(cursor.next, 4)
  }
})
