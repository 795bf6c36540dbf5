// Harm to the topics of a real Kafka, done with kafkajs as any operator or backend could.
import type { TestContext } from 'node:test'
import kafkajs from 'kafkajs'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { onEnd } from '../../support/cleanup.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import type { World } from './contract-fixture.ts'
import { kafkaConfig, silent } from './fixture.ts'

/** Everything it opens is closed with `t`. */
export const kafkaWorld = async (t: TestContext, brokers: readonly string[]): Promise<World> => {
  const broker = createBroker(kafkaConfig({ brokers: [...brokers] }), { log: silent })
  onEnd(t, () => broker.close(2_000))
  const retry = { retries: 50, initialRetryTime: 20, maxRetryTime: 200 }
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING, retry })
  const admin = kafka.admin()
  onEnd(t, () => admin.disconnect())
  await admin.connect()
  return {
    broker,
    async truncate(topic, offset) {
      await admin.fetchTopicMetadata({ topics: [topic] })
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
    },
    async skip(topic, count) {
      const producer = kafka.producer({
        transactionalId: randomName('tx'),
        idempotent: true,
        maxInFlightRequests: 1,
      })
      await producer.connect()
      try {
        const before = Number((await admin.fetchTopicOffsets(topic))[0]?.offset)
        const transaction = await producer.transaction()
        const messages = Array.from({ length: count - 1 }, () => ({ key: 'k', value: 'aborted' }))
        await transaction.send({ topic, messages })
        await transaction.abort()
        // The marker is written after Kafka's answer.
        await waitFor(async () => (await broker.ranges.ends(topic, 1_000)).end === before + count)
      } finally {
        await producer.disconnect()
      }
    },
    async recreate(topic) {
      await admin.deleteTopics({ topics: [topic] })
      await waitFor(async () => !(await admin.listTopics()).includes(topic))
      await waitFor(() => admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }))
    },
  }
}
