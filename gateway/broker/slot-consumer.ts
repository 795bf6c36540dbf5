// The kafkajs consumer behind a slot reader: joins by epoch, commits nothing by itself, and never rejoins once lost.
import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { KafkaConfig } from '../config/settings.ts'
import { type BrokerLog, createKafka, retryUntil } from './client.ts'
import { createEpochAssigner } from './epoch-assigner.ts'
import { slotClientId } from './evict.ts'

/** Milliseconds. The session is long, as the successor of a dead holder evicts it and need not wait for its end. */
const sessionTimeout = 30_000
const rebalanceTimeout = 6_000
export const heartbeatInterval = 2_500
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

/** From the beginning where nothing was committed: from the end would lose what came before the first join. */
export const runSlotConsumer = async (
  consumer: Consumer,
  topic: string,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> => {
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
}
