// The broker room's face: publishers, readers and topics of one Kafka cluster, and their common life.
import { setTimeout as wait } from 'node:timers/promises'
import type { KafkaConfig } from '../config/settings.ts'
import type { Logs, Publisher } from '../delivery/ports.ts'
import type { LogRanges } from '../slots/ports.ts'
import type { BrokerLog } from './client.ts'
import { toFailure } from './failure.ts'
import { probeTopic } from './probe.ts'
import { createPublisher, type OwnedPublisher } from './publisher.ts'
import { createRanges } from './ranges.ts'
import { createReach } from './reach.ts'
import { KafkaSharedReader } from './shared-reader.ts'
import { KafkaSlotReader } from './slot-reader.ts'
import { createTopics, type Topics } from './topics.ts'

export type Broker = {
  /** A publisher with lanes of its own: what goes through one never waits behind another's. */
  publisher(): Publisher & { restart(): void }
  /** Whether Kafka could serve the topic now, asked over connections of its own. Never rejects. */
  answersFor(topic: string, timeoutMs: number): Promise<boolean>
  readonly logs: Logs
  /** Parts of logs, read without a group. A tail ends with its signal, everything else with `close`. */
  readonly ranges: LogRanges
  readonly topics: Topics
  /** Resolves when every publisher is connected; tries until then, or until `signal`. */
  connect(signal: AbortSignal): Promise<void>
  /** Settles what the publishers hold, within `timeoutMs`, and disconnects. Readers are stopped by who started them. */
  close(timeoutMs: number): Promise<void>
}

const retryMs = 500

export function createBroker(config: KafkaConfig, { log }: { log: BrokerLog }): Broker {
  const publishers: OwnedPublisher[] = []
  const reach = createReach(config, log)
  const ranges = createRanges(reach)
  return {
    publisher() {
      const publisher = createPublisher({ config, log })
      publishers.push(publisher)
      return publisher
    },
    answersFor: (topic, timeoutMs) => probeTopic(config, log, topic, timeoutMs),
    logs: {
      async readSlot(options) {
        const reader = new KafkaSlotReader(options, reach)
        await reader.start()
        return reader
      },
      async readShared(options) {
        const reader = new KafkaSharedReader(options, config, log)
        await reader.start()
        return reader
      },
    },
    ranges,
    topics: createTopics(config, log),
    async connect(signal) {
      while (!signal.aborted) {
        try {
          await Promise.all(publishers.map((publisher) => publisher.connect()))
          return
        } catch (failed) {
          log.warn(
            { failure: toFailure(failed).message, brokers: config.brokers.join(',') },
            'Kafka cannot be reached',
          )
          await wait(retryMs, undefined, { signal }).catch(() => undefined)
        }
      }
    },
    async close(timeoutMs) {
      await Promise.all(publishers.map((publisher) => publisher.close(timeoutMs)))
      ranges.close()
      reach.wire.close()
    },
  }
}
