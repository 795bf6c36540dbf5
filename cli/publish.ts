// Puts one record into Kafka and waits for its ack, or says in a sentence why it is not there.
import { publishOnce } from '../gateway/compose/operator.ts'
import type { KafkaConfig } from '../gateway/config/settings.ts'
import type { Publishable, PublishFailure } from '../gateway/inbound/ports.ts'
import { CliFailure } from './failure.ts'

const timeoutMs = 5_000

const sentences: Readonly<Record<PublishFailure, (topic: string, brokers: string) => string>> = {
  'broker-unavailable': (_, brokers) =>
    `no Kafka takes records at ${brokers} (OPENCLAW_KAFKA_BROKERS); is it running?`,
  'outcome-unknown': (topic) => `Kafka gave no answer in time: the record may be in ${topic}, or not`,
  'route-unavailable': (topic) =>
    `there is no topic ${topic}, or it may not be written; ./openclaw topics plan shows what is missing`,
  'too-large': (topic) => `the record is larger than ${topic} takes`,
}

export type Place = { readonly topic: string; readonly partition: number; readonly offset: number }

/** Publishes with acks=all. Throws a CliFailure that says what to do. */
export const publishOne = async (kafka: KafkaConfig, record: Publishable): Promise<Place> => {
  const outcome = await publishOnce(kafka, record, timeoutMs)
  if (!outcome.ok) throw new CliFailure(sentences[outcome.failure](record.topic, kafka.brokers.join(',')))
  const { topic, partition, offset } = outcome
  return { topic, partition, offset }
}
