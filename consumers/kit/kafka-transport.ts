// The kit's port on Kafka, by kafkajs.
import type { KafkaAccess } from './access.ts'
import { consumeTopics } from './consumer.ts'
import { brief, createKafka } from './kafkajs.ts'
import { createLedger } from './ledger.ts'
import { BatchProducer } from './producer.ts'
import { tailTopic } from './tail.ts'
import type { Transport } from './transport.ts'

export type KafkaTransportOptions = KafkaAccess & {
  /** Shown by Kafka for this client. */
  readonly clientId: string
  /** Begins the names of groups that are this process's alone. */
  readonly group: string
}

export const createKafkaTransport = ({ group, ...access }: KafkaTransportOptions): Transport => ({
  sender: (log) => new BatchProducer(createKafka({ ...access, log }, brief), log),
  read: (reading) => consumeTopics({ ...access, ...reading }),
  ledger: (owner, partition, log) => createLedger(createKafka({ ...access, log }, brief), owner, partition),
  tail: (topic, options) => tailTopic({ ...access, ...options, group, topic }),
})
