// Records reach Kafka in order and are told their place; one that is refused harms no other; an outage is waited out.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { brief, createKafka } from '../../../consumers/kit/kafkajs.ts'
import { BatchProducer } from '../../../consumers/kit/producer.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { ownKafka, testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { endingFirst } from './ending-first.ts'

const log = { debug: () => {}, warn: () => {} }

function producerOn(t: TestContext, brokers: readonly string[]): BatchProducer {
  const producer = new BatchProducer(createKafka({ brokers, clientId: 'test', log }, brief), log)
  t.after(() => producer.close(1_000))
  return producer
}

describe('the producer of the kit', () => {
  it('answers each record with its place, and keeps the order of each key', async (t) => {
    const { brokers } = await testStack()
    const kafka = testKafka(t, brokers)
    const topic = randomName('produced')
    await kafka.createTopics([{ topic, partitions: 3 }])
    const producer = producerOn(t, brokers)
    const places = await Promise.all(
      Array.from({ length: 2_000 }, (_, index) =>
        producer.send({
          topic,
          key: `k${index % 7}`,
          value: Buffer.from(String(index)),
          headers: { 'x-n': `${index}` },
        }),
      ),
    )
    const reads = await kafka.read(topic)
    await waitFor(() => reads.length === 2_000)
    const at = new Map(reads.map((read) => [`${read.partition}/${read.offset}`, read.text]))
    for (const [index, { partition, offset }] of places.entries())
      assert.equal(at.get(`${partition}/${offset}`), String(index))
    for (let key = 0; key < 7; key += 1) {
      const order = reads.filter((read) => read.key === `k${key}`).map((read) => Number(read.text))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
    }
  })

  it('sends each record when the one before it is stored', async (t) => {
    const { brokers } = await testStack()
    const topic = randomName('in-turn')
    await testKafka(t, brokers).createTopics([{ topic }])
    const producer = producerOn(t, brokers)
    const hop = async <T>(work: Promise<T>): Promise<T> => work
    for (let index = 0; index < 40; index += 1) {
      let sending = producer.send({ topic, key: 'k', value: null, headers: {} })
      for (let hops = 0; hops < index % 10; hops += 1) sending = hop(sending)
      assert.equal((await sending).offset, index)
    }
  })

  it('puts records without a key where they say, and into partition 0 otherwise', async (t) => {
    const { brokers } = await testStack()
    const kafka = testKafka(t, brokers)
    const topic = randomName('keyless')
    await kafka.createTopics([{ topic, partitions: 3 }])
    const producer = producerOn(t, brokers)
    const record = { topic, key: null, value: null, headers: {} }
    assert.equal((await producer.send(record)).partition, 0)
    assert.equal((await producer.send({ ...record, partition: 2 })).partition, 2)
  })

  it('refuses what cannot be stored, and stores the rest of its batch once', async (t) => {
    const { brokers } = await testStack()
    const kafka = testKafka(t, brokers)
    const [topic, missing] = [randomName('there'), randomName('missing')]
    await kafka.createTopics([{ topic, partitions: 2 }])
    const producer = producerOn(t, brokers)
    const big = Buffer.from(Array.from({ length: 2_000_000 }, () => Math.random() * 256))
    const send = (to: string, value: Buffer, key = 'k') =>
      producer.send({ topic: to, key, value, headers: {} })
    const outcomes = await Promise.allSettled([
      send(topic, Buffer.from('1')),
      send(missing, Buffer.from('2')),
      send(topic, Buffer.from('3'), 'other'),
      send(topic, big, 'big'),
      send(topic, Buffer.from('4')),
      producer.send({
        topic,
        key: 'k',
        value: Buffer.from('5'),
        headers: { 'x-wrong': 1 as unknown as string },
      }),
      send(topic, Buffer.from('6')),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status === 'fulfilled'),
      [true, false, true, false, true, false, true],
    )
    const reads = await kafka.read(topic)
    await waitFor(() => reads.length >= 4)
    assert.deepEqual(
      reads.filter(({ key }) => key === 'k').map(({ text }) => text),
      ['1', '4', '6'],
    )
    await send(topic, Buffer.from('7'))
    await waitFor(() => reads.length >= 5)
    assert.equal(reads.length, 5)
  })

  it('waits out a broker that is killed, losing nothing and keeping the order', async (t) => {
    const server = await ownKafka(t)
    await endingFirst(async (scope) => {
      const kafka = testKafka(scope, server.brokers)
      const topic = randomName('outage')
      await kafka.createTopics([{ topic }])
      const producer = producerOn(scope, server.brokers)
      const sending: Promise<unknown>[] = []
      let next = 0
      const timer = setInterval(() => {
        for (let n = 0; n < 10; n += 1, next += 1)
          sending.push(producer.send({ topic, key: 'k', value: Buffer.from(String(next)), headers: {} }))
      }, 10)
      await waitFor(() => next > 200)
      await server.kill()
      const down = next
      await waitFor(() => next > down + 500)
      await server.start()
      await waitFor(() => next > down + 1_000)
      clearInterval(timer)
      await Promise.all(sending)
      const reads = await kafka.read(topic)
      await waitFor(() => reads.at(-1)?.text === String(next - 1), { timeoutMs: 20_000 })
      const order = reads.map(({ text }) => Number(text))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
      assert.equal(new Set(order).size, next)
      t.diagnostic(`${next} sent, ${new Set(order).size} in Kafka, ${order.length - next} repeated`)
    })
  })

  it('rejects what it could not send when it is closed without Kafka', async () => {
    const producer = new BatchProducer(
      createKafka({ brokers: ['127.0.0.1:1'], clientId: 'test', log }, brief),
      log,
    )
    const sending = producer.send({ topic: 't', key: 'k', value: null, headers: {} })
    assert.equal(await producer.close(50), false)
    await assert.rejects(sending, /stopped/)
    await assert.rejects(producer.send({ topic: 't', key: 'k', value: null, headers: {} }), /stopped/)
  })
})
