// Puts one record into Kafka with the gateway's own producer, and waits for its ack.
import { createPublisher } from '../gateway/broker/publisher.ts'
import type { KafkaConfig } from '../gateway/config/settings.ts'
import type { OutgoingRecord, PublishFailure, PublishOutcome } from '../gateway/inbound/ports.ts'
import { CliFailure } from './failure.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const sentences: Readonly<Record<PublishFailure, (topic: string, brokers: string) => string>> = {
  'broker-unavailable': (_, brokers) =>
    `no Kafka takes records at ${brokers} (OPENCLAW_KAFKA_BROKERS); is it running?`,
  'outcome-unknown': (topic) => `Kafka gave no answer in time: the record may be in ${topic}, or not`,
  'route-unavailable': (topic) =>
    `there is no topic ${topic}, or it may not be written; ./openclaw topics plan shows what is missing`,
  'too-large': (topic) => `the record is larger than ${topic} takes`,
}

/** Publishes with acks=all. Throws a CliFailure that says what to do. */
export const publishOne = async (
  kafka: KafkaConfig,
  record: OutgoingRecord,
): Promise<PublishOutcome & { readonly ok: true }> => {
  const config: KafkaConfig = { ...kafka, clientId: 'openclaw-cli', lanes: 1, publishTimeout: 10_000 }
  const publisher = createPublisher({ config, log: silent })
  try {
    const outcome = await new Promise<PublishOutcome>((resolve) => {
      if (!publisher.publish(record, resolve)) resolve({ ok: false, failure: 'too-large' })
    })
    if (outcome.ok) return outcome
    throw new CliFailure(sentences[outcome.failure](record.topic, kafka.brokers.join(',')))
  } finally {
    await publisher.close(1_000)
  }
}
