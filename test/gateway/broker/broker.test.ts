// The broker on Kafka keeps the promises of a broker.
import { createBroker } from '../../../gateway/broker/broker.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testStack } from '../../support/stack.ts'
import type { OpenBroker, OpenWorld } from './contract-fixture.ts'
import { gapsContract } from './contract-gaps.ts'
import { partitionsContract } from './contract-partitions.ts'
import { publishingContract } from './contract-publishing.ts'
import { rangesContract } from './contract-ranges.ts'
import { readingContract } from './contract-reading.ts'
import { tailsContract } from './contract-tails.ts'
import { kafkaConfig, silent } from './fixture.ts'
import { kafkaWorld } from './kafka-world.ts'

const open: OpenBroker = async (t, { maxQueue }) => {
  const { brokers } = await testStack()
  const broker = createBroker(kafkaConfig({ brokers: [...brokers], maxQueue }), { log: silent })
  onEnd(t, () => broker.close(2_000))
  return broker
}

publishingContract('Kafka', open)
readingContract('Kafka', open)

const openWorld: OpenWorld = async (t) => kafkaWorld(t, (await testStack()).brokers)

rangesContract('Kafka', openWorld)
tailsContract('Kafka', openWorld)
gapsContract('Kafka', openWorld)
partitionsContract('Kafka', openWorld)
