// Transactions of several producers in one log: read as kafkajs reads it, from wherever one begins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { readSlot } from './contract-fixture.ts'
import { kafkaConfig, silent } from './fixture.ts'
import { offsetsOf, rangeOf } from './range-fixture.ts'

/** Three times two records of each of three transactions and a plain one; then three marks. */
const perRound = 3 * (3 * 2 + 1) + 3

test('of transactions that overlap only those committed are read, before them nothing that is still open', async (t) => {
  const { brokers } = await testStack()
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
  const plain = testKafka(t, brokers)
  const topic = randomName('tx')
  await plain.createTopics([{ topic }])
  const broker = createBroker(kafkaConfig({ brokers: [...brokers] }), { log: silent })
  onEnd(t, () => broker.close(1_000))
  const begin = async () => {
    const producer = kafka.producer({
      transactionalId: randomName('tx'),
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    onEnd(t, () => producer.disconnect())
    return producer
  }
  const producers = await Promise.all([begin(), begin(), begin()])
  const committed: string[] = []
  // Each round: three transactions whose records alternate, with plain ones between; two of three do not count.
  for (let round = 0; round < 4; round++) {
    const open = await Promise.all(producers.map((producer) => producer.transaction()))
    for (let turn = 0; turn < 3; turn++) {
      for (const [n, transaction] of open.entries()) {
        const messages = [0, 1].map((i) => ({ key: 'k', value: `${round}.${turn}.${n}.${i}` }))
        await transaction.send({ topic, messages, compression: kafkajs.CompressionTypes.GZIP })
        if (n === round % 3) committed.push(...messages.map(({ value }) => value))
      }
      await plain.send(topic, [{ key: 'k', value: `plain ${round}.${turn}` }])
      committed.push(`plain ${round}.${turn}`)
    }
    const stable = (await broker.ranges.ends(topic, 5_000)).end
    assert.equal(stable, round * perRound, 'nothing behind the first open one counts as written')
    for (const [n, transaction] of open.entries())
      await (n === round % 3 ? transaction.commit() : transaction.abort())
    // Their marks are written after Kafka's answer.
    await waitFor(async () => (await broker.ranges.ends(topic, 5_000)).end === (round + 1) * perRound)
  }
  const { end } = await broker.ranges.ends(topic, 5_000)
  const all = await rangeOf(broker.ranges, topic, 0, end)
  const texts = all.flatMap(({ records }) => records.map(({ value }) => String(value)))
  assert.deepEqual(texts, committed)
  const offsets = offsetsOf(all)
  for (let from = 0; from <= end; from++) {
    const rest = await rangeOf(broker.ranges, topic, from, end)
    assert.deepEqual(
      offsetsOf(rest),
      offsets.filter((offset) => offset >= from),
    )
  }
  const theirs = await plain.read(topic)
  await waitFor(() => theirs.length === committed.length)
  assert.deepEqual(
    theirs.map(({ text }) => text),
    committed,
  )
  const slot = await readSlot(t, broker, topic, 1)
  await waitFor(() => slot.reader.nextOffset === end)
  assert.deepEqual(slot.texts(), committed)
  assert.deepEqual(slot.gaps, [])
})
