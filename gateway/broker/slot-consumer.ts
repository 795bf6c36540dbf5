// The kafkajs consumer behind a slot reader: joins by epoch, reads and commits nothing, and never rejoins once lost.
import type { Consumer } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import { type BrokerLog, createKafka, retryUntil } from './client.ts'
import { createEpochAssigner } from './epoch-assigner.ts'
import { slotClientId } from './evict.ts'
import { kafkajs } from './internals.ts'

/** Milliseconds. The session is long, as the successor of a dead holder evicts it and need not wait for its end. */
const sessionTimeout = 30_000
const rebalanceTimeout = 6_000
const heartbeatInterval = 2_500
/** Between two looks at whether a heartbeat is due; a stop takes that long. */
const maxWaitTimeInMs = 500

export type SlotConsumerOptions = {
  readonly config: KafkaConfig
  readonly log: BrokerLog
  readonly group: string
  readonly epoch: number
  /** Aborted when the slot is lost or given up: then it neither joins nor tries anything again. */
  readonly ended: AbortSignal
}

/** Connects and joins only with `runSlotConsumer`. */
export const createSlotConsumer = ({ config, log, group, epoch, ended }: SlotConsumerOptions): Consumer => {
  const retry = retryUntil(ended)
  const clientId = slotClientId(config.clientId, epoch)
  return createKafka(config, { log, clientId, retry }).consumer({
    groupId: group,
    partitionAssigners: [createEpochAssigner(epoch, () => ended.aborted)],
    sessionTimeout,
    rebalanceTimeout,
    heartbeatInterval,
    maxWaitTimeInMs,
    minBytes: 1,
    allowAutoTopicCreation: false,
    retry,
  })
}

/** To be paused as soon as it has joined. */
export const runSlotConsumer = async (consumer: Consumer, topic: string): Promise<void> => {
  await consumer.connect()
  // From the beginning, as kafkajs looks where a group begins even if it reads nothing.
  await consumer.subscribe({ topic, fromBeginning: true })
  const eachBatch = () =>
    Promise.reject(new kafkajs.KafkaJSNonRetriableError('a slot is not read by kafkajs'))
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
}
