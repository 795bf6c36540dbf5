// What an operator does to Kafka from the command line, made of the same parts as a node.
import { createPublisher } from '../broker/publisher.ts'
import { createTopics } from '../broker/topics.ts'
import type { Config, KafkaConfig } from '../config/settings.ts'
import { planTopics, type TopicStep, type WantedTopic, wantedTopics } from '../config/topics.ts'
import { parseTargets } from '../delivery/targets.ts'
import type { Publishable, PublishOutcome } from '../inbound/ports.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {} }
const clientId = 'openclaw-cli'

/** Publishes one record with acks=all and lets go of Kafka again. Answers within `timeoutMs` and a second. */
export const publishOnce = async (
  kafka: KafkaConfig,
  record: Publishable,
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

/** What there is to do about the topics of this configuration. Rejects with a `BrokerFailure`. */
export const topicSteps = async (config: Config): Promise<readonly TopicStep[]> => {
  const wanted = wantedTopics(config)
  const names = wanted.map(({ name }) => name)
  return planTopics(wanted, await createTopics({ ...config.kafka, clientId }, silent).describe(names))
}

/** Creates topics and waits for their leaders. Rejects with a `BrokerFailure`. */
export const makeTopics = (config: Config, topics: readonly WantedTopic[]): Promise<void> =>
  createTopics({ ...config.kafka, clientId }, silent).create(topics)

/** Whether a record with this `ce_to` could be read as one to deliver. */
export const areTargets = (text: string, most: number): boolean => parseTargets(text, most) !== undefined
