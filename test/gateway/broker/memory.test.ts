// The broker in memory keeps the promises of a broker.
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import type { OpenBroker } from './contract-fixture.ts'
import { publishingContract } from './contract-publishing.ts'
import { readingContract } from './contract-reading.ts'

const open: OpenBroker = (_, { maxQueue }) =>
  Promise.resolve(createMemoryBroker({ count: maxQueue, bytes: 64 * 1024 ** 2 }))

publishingContract('memory', open)
readingContract('memory', open)
