// Transactions over kafkajs: one producer for each partition that is read, named after it, so that a new owner shuts out the old.
import type { Kafka, Message, Producer } from 'kafkajs'
import { kafkajs } from './kafkajs.ts'
import { isHeader, type Outgoing, type Partition } from './record.ts'
import type { Ledger } from './transport.ts'
import { within } from './within.ts'

/** Milliseconds after which Kafka gives up a transaction that nobody ends. */
const transactionTimeoutMs = 15_000
const closeMs = 1_000

export function createLedger(kafka: Kafka, group: string, { topic, partition }: Partition): Ledger {
  let producer: Producer | undefined
  const drop = async (): Promise<void> => {
    const old = producer
    producer = undefined
    if (old) await within(closeMs, old.disconnect())
  }
  return {
    async open() {
      // A producer that failed keeps its place in the sequence; a new one of the same name begins anew and is told
      // what became of the last transaction before it may begin.
      await drop()
      producer = kafka.producer({
        transactionalId: `${group}/${topic}/${partition}`,
        idempotent: true,
        maxInFlightRequests: 1,
        transactionTimeout: transactionTimeoutMs,
        allowAutoTopicCreation: false,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      })
      await producer.connect()
      const admin = kafka.admin()
      try {
        await admin.connect()
        const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
        const offset = Number(found?.partitions.find((at) => at.partition === partition)?.offset ?? -1)
        return offset < 0 ? undefined : offset
      } finally {
        await within(closeMs, admin.disconnect())
      }
    },
    async commit(records, next) {
      if (!producer) throw new Error('the ledger is not open')
      const transaction = await producer.transaction()
      try {
        if (records.length > 0)
          await transaction.sendBatch({ acks: -1, topicMessages: toTopicMessages(records) })
        const partitions = [{ partition, offset: String(next) }]
        await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions }] })
        await transaction.commit()
      } catch (failed) {
        await transaction.abort().catch(() => undefined)
        throw failed
      }
    },
    close: drop,
  }
}

function toTopicMessages(records: readonly Outgoing[]): { topic: string; messages: Message[] }[] {
  return [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    messages: some.map(({ key, value, headers, partition = 0 }) => {
      if (!Object.values(headers).every(isHeader))
        throw new TypeError('a header is text or bytes, or several of them')
      return { key, value, headers, ...(key === null ? { partition } : {}) }
    }),
  }))
}
