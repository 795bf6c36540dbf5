// Tables keep their promises on Kafka and in memory.
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import { testStack } from '../../support/stack.ts'
import { tablesContract } from './contract-tables.ts'
import { kafkaWorld } from './kafka-world.ts'

tablesContract('memory', () => {
  const broker = createMemoryBroker()
  return Promise.resolve({
    broker,
    truncate: async (topic, offset) => broker.truncate(topic, offset),
    skip: async (topic, count) => broker.skip(topic, count),
    recreate: async (topic) => broker.recreate(topic),
  })
})

tablesContract('Kafka', async (t) => kafkaWorld(t, (await testStack()).brokers))
