// The broker on Kafka keeps the promises of a broker.
import { createBroker } from '../../../gateway/broker/broker.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testStack } from '../../support/stack.ts'
import type { OpenBroker } from './contract-fixture.ts'
import { publishingContract } from './contract-publishing.ts'
import { readingContract } from './contract-reading.ts'
import { kafkaConfig, silent } from './fixture.ts'

const open: OpenBroker = async (t, { maxQueue }) => {
  const { brokers } = await testStack()
  const broker = createBroker(kafkaConfig({ brokers: [...brokers], maxQueue }), { log: silent })
  onEnd(t, () => broker.close(2_000))
  return broker
}

publishingContract('Kafka', open)
readingContract('Kafka', open)
