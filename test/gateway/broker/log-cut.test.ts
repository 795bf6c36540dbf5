// A slot's log that is not what its group remembers: cut in front, or shorter than what was committed.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import kafkajs from 'kafkajs'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { Group } from '../../../gateway/broker/group.ts'
import { Wire } from '../../../gateway/broker/wire.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

const stopMs = 2_000

async function start(t: TestContext) {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const topic = randomName('cut')
  const gaps: [number, number][] = []
  await kafka.createTopics([{ topic }])
  const broker = createBroker(kafkaConfig({ brokers: [...brokers] }), { log: silent })
  onEnd(t, () => broker.close(stopMs))
  const read = async (epoch: number, mayServe = () => true) => {
    const offsets: number[] = []
    const lost: string[] = []
    const reader = await broker.logs.readSlot({
      topic,
      group: topic,
      epoch,
      mayServe,
      onBatch: (records) => void offsets.push(...records.map(({ offset }) => offset)),
      settledOffset: () => undefined,
      onLost: (reason) => void lost.push(reason),
      onGap(from, to) {
        gaps.push([from, to])
        return true
      },
    })
    onEnd(t, () => reader.stop(stopMs))
    return { reader, offsets, lost }
  }
  const send = (...values: string[]) =>
    kafka.send(
      topic,
      values.map((value) => ({ key: 'k', value })),
    )
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
  onEnd(t, () => admin.disconnect())
  await admin.connect()
  /** Removes everything before `offset`, as the end of retention does. */
  const cut = async (offset: number) => {
    await admin.fetchTopicMetadata({ topics: [topic] })
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
  }
  const wire = new Wire({ config: kafkaConfig({ brokers: [...brokers] }), log: silent })
  onEnd(t, () => wire.close())
  /** In a group without members anyone may. */
  const commit = (offset: number) =>
    new Group(wire, topic).commit({ memberId: '', generation: -1 }, topic, 0, offset)
  const recreate = () => kafka.recreate(topic)
  return { read, send, cut, commit, recreate, gaps }
}

test('a log that ends before the committed offset is read from its beginning, and nothing new is left out', async (t) => {
  const { read, send, commit } = await start(t)
  await send('a', 'b', 'c')
  assert.equal(await commit(100), true)
  const next = await read(2)
  await waitFor(() => next.offsets.length === 3)
  assert.equal(next.reader.nextOffset, 3)
  await send('d')
  await waitFor(() => next.offsets.length === 4)
  assert.deepEqual(next.offsets, [0, 1, 2, 3])
})

test('a log that was cut in front is read from where it begins now', async (t) => {
  const { read, send, cut } = await start(t)
  await send('a', 'b', 'c', 'd', 'e')
  await cut(3)
  const none = await read(1)
  await waitFor(() => none.offsets.length === 2)
  assert.deepEqual(none.offsets, [3, 4])
  await none.reader.stop(stopMs)
})

test('a reader knows where an empty log goes on, also when all of it was removed', async (t) => {
  const { read, send, cut } = await start(t)
  await send('a', 'b', 'c')
  await cut(3)
  const { reader, offsets } = await read(1)
  assert.deepEqual([reader.nextOffset, reader.lag], [3, 0])
  await send('d')
  await waitFor(() => offsets.length === 1)
  assert.deepEqual(offsets, [3])
})

test('records that are removed before a live reader may serve are skipped; what follows is read', async (t) => {
  const { read, send, cut } = await start(t)
  let may = false
  const { reader, offsets, lost } = await read(1, () => may)
  await send('a', 'b', 'c')
  await cut(2)
  may = true
  await send('d')
  await waitFor(() => offsets.at(-1) === 3, { timeoutMs: 15_000 })
  // What was fetched before it was removed may still be handed on.
  assert.deepEqual(offsets.slice(-2), [2, 3])
  assert.equal(reader.nextOffset, 4)
  assert.deepEqual(lost, [])
})

test('a log that was made anew is noticed also where it is already longer than the old one was', async (t) => {
  const { read, send, recreate, gaps } = await start(t)
  await send('a', 'b', 'c')
  const { offsets } = await read(1)
  await waitFor(() => offsets.length === 3)
  await recreate()
  await send(...Array.from({ length: 9 }, (_, n) => `new ${n}`))
  await waitFor(() => offsets.length >= 12, {
    timeoutMs: 15_000,
    describe: () => `all; read ${offsets.join()}`,
  })
  assert.deepEqual(offsets, [0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8])
  assert.deepEqual(gaps, [[3, 0]])
})
