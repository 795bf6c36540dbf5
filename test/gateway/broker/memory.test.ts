// The broker in memory keeps the promises of a broker.
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import { brokerContract } from './contract.ts'

brokerContract('memory', (_, { maxQueue }) =>
  Promise.resolve(createMemoryBroker({ count: maxQueue, bytes: 64 * 1024 ** 2 })),
)
