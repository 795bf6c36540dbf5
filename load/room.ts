// The broker room as the floor and the backend use it: the same one, with the same settings, as the gateway's.
import { type Broker, createBroker } from '../gateway/broker/broker.ts'
import type { BrokerLog } from '../gateway/broker/client.ts'
import { type KafkaConfig, settings } from '../gateway/config/settings.ts'

/** Defaults, and the brokers (`host:port,…`) that are the first argument of each process of the load. */
export const kafkaConfig = (clientId: string): KafkaConfig => ({
  ...settings.shape.kafka.parse({}),
  clientId,
  brokers: (process.argv[2] ?? '127.0.0.1:19092').split(','),
})

/** Shows what goes wrong. */
export const log = (name: string): BrokerLog => ({
  debug: () => {},
  info: () => {},
  warn: (...about) => console.error(name, ...about),
})

export const openBroker = (clientId: string): Broker =>
  createBroker(kafkaConfig(clientId), { log: log(clientId) })

/** Tells whoever started this process. */
export const tellParent = (what: object): void => void process.send?.(what)

// An exit in order, so that a CPU profile is written.
for (const end of ['disconnect', 'SIGTERM'] as const) process.on(end, () => process.exit())
