// Reads whole topics with a client that knows nothing of ours.
import type { TestContext } from 'node:test'
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { onEnd } from '../support/cleanup.ts'
import { randomName } from '../support/names.ts'
import { waitFor } from '../support/wait.ts'

export type Read = { readonly topic: string; readonly message: KafkaMessage }

/** What is in the topics at the time of the call; a null value is a tombstone. Closed with `t`. */
export async function readAll(
  t: TestContext,
  brokers: readonly string[],
  topics: string[],
): Promise<readonly Read[]> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  const consumer = kafka.consumer({ groupId: randomName('backend'), maxWaitTimeInMs: 100 })
  onEnd(t, () => Promise.all([admin.disconnect(), consumer.disconnect()]))
  await Promise.all([admin.connect(), consumer.connect()])
  const wanted = new Map<string, number>()
  for (const topic of topics)
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
      if (Number(high) > Number(low)) wanted.set(`${topic}/${partition}`, Number(high) - 1)
  await consumer.subscribe({ topics, fromBeginning: true })
  const read: Read[] = []
  await consumer.run({
    eachMessage({ topic, partition, message }) {
      read.push({ topic, message })
      const where = `${topic}/${partition}`
      if (Number(message.offset) >= (wanted.get(where) ?? Number.POSITIVE_INFINITY)) wanted.delete(where)
      return Promise.resolve()
    },
  })
  const describe = () => `the ends of ${[...wanted.keys()].join(', ')} (${read.length} records read)`
  await waitFor(() => wanted.size === 0, { timeoutMs: 30_000, describe })
  return read
}
