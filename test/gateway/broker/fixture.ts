// What tests of the broker room start from: a configuration and a log.
import type { BrokerLog } from '../../../gateway/broker/client.ts'
import { type KafkaConfig, settings } from '../../../gateway/config/settings.ts'

export const silent: BrokerLog = { debug: () => {}, info: () => {}, warn: () => {} }

/** The defaults, but for what is given. */
export const kafkaConfig = (given: Partial<KafkaConfig>): KafkaConfig => ({
  ...settings.shape.kafka.parse({}),
  ...given,
})
