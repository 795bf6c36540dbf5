// The broker room as the floor and the backend use it: the same one, with the same settings, as the gateway's.
import { type Broker, createBroker } from '../gateway/broker/broker.ts'
import { settings } from '../gateway/config/settings.ts'

/** Connected, and not before there is a Kafka. */
export const openBroker = (clientId: string): Broker => {
  const config = { ...settings.shape.kafka.parse({}), clientId, brokers: brokersOfArguments() }
  return createBroker(config, {
    log: { debug: () => {}, info: () => {}, warn: (...about) => console.error(clientId, ...about) },
  })
}

/** `host:port,…`, the first argument of each process of the load. */
const brokersOfArguments = (): string[] => (process.argv[2] ?? '127.0.0.1:19092').split(',')

/** Tells whoever started this process. */
export const tellParent = (what: object): void => void process.send?.(what)

// An exit in order, so that a CPU profile is written.
for (const end of ['disconnect', 'SIGTERM'] as const) process.on(end, () => process.exit())
