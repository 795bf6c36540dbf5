// A plain Kafka client for tests: what any backend could do, with nothing of ours in between.

import type { TestContext } from 'node:test'
import kafkajs, { type IHeaders, type KafkaMessage } from 'kafkajs'
import { onEnd } from './cleanup.ts'
import { waitFor } from './wait.ts'

const { Kafka, logLevel } = kafkajs

export type Read = {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: Buffer
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

export type TestKafka = {
  createTopics(topics: readonly { topic: string; partitions?: number }[]): Promise<void>
  send(
    topic: string,
    messages: readonly {
      key?: string
      value: string | Buffer | null
      headers?: IHeaders
      timestamp?: string
    }[],
  ): Promise<void>
  /** Reads a topic from its beginning for as long as the test runs; the array grows. */
  read(topic: string): Promise<Read[]>
  endOffset(topic: string, partition?: number): Promise<number>
  committed(group: string, topic: string, partition?: number): Promise<number>
  /** Removes everything before `offset`, as the end of retention does. */
  cut(topic: string, offset: number): Promise<void>
  /** Deletes a topic of one partition and makes it anew, empty. */
  recreate(topic: string): Promise<void>
}

/** Everything it opens is closed with `t`. */
export function testKafka(t: TestContext, brokers: readonly string[]): TestKafka {
  const kafka = new Kafka({
    clientId: 'test',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 50, maxRetryTime: 500 },
  })
  const admin = kafka.admin()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  const connected = { admin: false, producer: false }
  onEnd(t, async () => {
    if (connected.admin) await admin.disconnect().catch(() => undefined)
    if (connected.producer) await producer.disconnect().catch(() => undefined)
  })
  const connect = async (what: 'admin' | 'producer'): Promise<void> => {
    if (connected[what]) return
    connected[what] = true
    await (what === 'admin' ? admin.connect() : producer.connect())
  }
  return {
    async createTopics(topics) {
      await connect('admin')
      // Waiting for leaders is not left to it: it gives up where a broker has not heard of the topic yet.
      await admin.createTopics({
        waitForLeaders: false,
        topics: topics.map(({ topic, partitions = 1 }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: 1,
        })),
      })
      const names = topics.map(({ topic }) => topic)
      await waitFor(async () => {
        const found = await admin.fetchTopicMetadata({ topics: names })
        return found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
      })
    },
    async send(topic, messages) {
      await connect('producer')
      await producer.send({
        topic,
        messages: messages.map(({ key, ...message }) => ({ key: key ?? null, ...message })),
      })
    },
    async read(topic) {
      const reads: Read[] = []
      const consumer = kafka.consumer({ groupId: `test-${topic}-${Math.random()}`, maxWaitTimeInMs: 100 })
      await consumer.connect()
      onEnd(t, () => consumer.disconnect().catch(() => undefined))
      await consumer.subscribe({ topic, fromBeginning: true })
      let joined = false
      consumer.on('consumer.group_join', () => {
        joined = true
      })
      await consumer.run({
        eachMessage: ({ partition, message }) => {
          reads.push(toRead(partition, message))
          return Promise.resolve()
        },
      })
      await waitFor(() => joined, { timeoutMs: 20_000, describe: `a reader of ${topic}` })
      return reads
    },
    async endOffset(topic, partition = 0) {
      await connect('admin')
      const offsets = await admin.fetchTopicOffsets(topic)
      return Number(offsets.find((at) => at.partition === partition)?.offset ?? 0)
    },
    async committed(group, topic, partition = 0) {
      await connect('admin')
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
      return Number(found?.partitions.find((at) => at.partition === partition)?.offset ?? -1)
    },
    async cut(topic, offset) {
      await connect('admin')
      await admin.fetchTopicMetadata({ topics: [topic] })
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
    },
    async recreate(topic) {
      await connect('admin')
      await admin.deleteTopics({ topics: [topic] })
      await waitFor(async () => !(await admin.listTopics()).includes(topic), { everyMs: 50 })
      const options = { waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] }
      await waitFor(() => admin.createTopics(options), { everyMs: 50 })
      await waitFor(async () => (await admin.fetchTopicOffsets(topic)).length > 0, { everyMs: 50 })
    },
  }
}

function toRead(partition: number, message: KafkaMessage): Read {
  const value = message.value ?? Buffer.alloc(0)
  const headers = Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, given]) => [
      name,
      String(Array.isArray(given) ? given.at(-1) : given),
    ]),
  )
  return {
    partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? null,
    value,
    text: value.toString(),
    headers,
  }
}
