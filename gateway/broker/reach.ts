// What reading a cluster shares: the connections for single requests, and what is known of where topics are.
import type { KafkaConfig } from '../config/settings.ts'
import type { BrokerLog } from './client.ts'
import { Places } from './places.ts'
import { Wire } from './wire.ts'

export type Reach = {
  readonly config: KafkaConfig
  readonly log: BrokerLog
  /** For single requests; fetches have a wire apart. */
  readonly wire: Wire
  readonly places: Places
}

/** How long Kafka holds back its answer while there is nothing new. Milliseconds. */
const longPollMs = 500

/** Well within the time in which an answer has to come. */
export const longPollOf = ({ requestTimeout }: KafkaConfig): number =>
  Math.min(longPollMs, requestTimeout / 2)

/** Connects to nothing by itself. Its `wire` is to be closed. */
export const createReach = (config: KafkaConfig, log: BrokerLog): Reach => {
  const wire = new Wire({ config, log })
  return { config, log, wire, places: new Places(wire) }
}
