// What an operator does to Kafka from the command line, made of the same parts as a node.
import { createPublisher } from '../broker/publisher.ts'
import type { KafkaConfig } from '../config/settings.ts'
import { parseTargets } from '../delivery/targets.ts'
import type { OutgoingRecord, PublishOutcome } from '../inbound/ports.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {} }
const clientId = 'openclaw-cli'

/** Publishes one record with acks=all and lets go of Kafka again. Answers within `timeoutMs` and a second. */
export const publishOnce = async (
  kafka: KafkaConfig,
  record: OutgoingRecord,
  timeoutMs: number,
): Promise<PublishOutcome> => {
  const config = { ...kafka, clientId, lanes: 1, publishTimeout: timeoutMs }
  const publisher = createPublisher({ config, log: silent })
  try {
    return await new Promise<PublishOutcome>((resolve) => {
      if (!publisher.publish(record, resolve)) resolve({ ok: false, failure: 'too-large' })
    })
  } finally {
    await publisher.close(1_000)
  }
}

/** Whether a record with this `ce_to` could be read as one to deliver. */
export const areTargets = (text: string, most: number): boolean => parseTargets(text, most) !== undefined
