// Finds out over connections of its own whether Kafka could serve a topic now: its leader answers, and no replica lags.
import type { KafkaConfig } from '../config/settings.ts'
import type { BrokerLog } from './client.ts'
import { readLogEnds } from './log-ends.ts'
import { Places } from './places.ts'
import { Wire } from './wire.ts'

type Metadata = {
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number
    readonly partitionMetadata: readonly {
      readonly leader: number
      readonly replicas: readonly number[]
      readonly isr: readonly number[]
    }[]
  }[]
}

/**
 * True when partition 0 of the topic has a leader that says where its log ends, and every replica is in sync: with one
 * missing a slow acknowledgement may be Kafka's trouble. Never rejects.
 */
export async function probeTopic(
  config: KafkaConfig,
  log: BrokerLog,
  topic: string,
  timeoutMs: number,
): Promise<boolean> {
  const wire = new Wire({ config, log })
  const late = setTimeout(() => wire.close(), timeoutMs)
  try {
    const args = { topics: [topic], allowAutoTopicCreation: false }
    const { topicMetadata } = await wire.ask<Metadata>('any', 'Metadata', args)
    const [found] = topicMetadata
    const [partition] = found?.partitionMetadata ?? []
    if (found?.topicErrorCode !== 0 || partition === undefined || partition.leader < 0) return false
    if (partition.isr.length < partition.replicas.length) return false
    await readLogEnds(wire, new Places(wire), topic, 0)
    return true
  } catch {
    return false
  } finally {
    clearTimeout(late)
    wire.close()
  }
}
