// The broker in memory keeps the promises of a broker.
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import type { OpenBroker, OpenWorld } from './contract-fixture.ts'
import { gapsContract } from './contract-gaps.ts'
import { partitionsContract } from './contract-partitions.ts'
import { publishingContract } from './contract-publishing.ts'
import { rangesContract } from './contract-ranges.ts'
import { readingContract } from './contract-reading.ts'
import { tailsContract } from './contract-tails.ts'

const open: OpenBroker = (_, { maxQueue }) =>
  Promise.resolve(createMemoryBroker({ count: maxQueue, bytes: 64 * 1024 ** 2 }))

publishingContract('memory', open)
readingContract('memory', open)

const openWorld: OpenWorld = () => {
  const broker = createMemoryBroker()
  return Promise.resolve({
    broker,
    truncate: async (topic, offset) => broker.truncate(topic, offset),
    skip: async (topic, count) => broker.skip(topic, count),
    recreate: async (topic) => broker.recreate(topic),
  })
}

rangesContract('memory', openWorld)
tailsContract('memory', openWorld)
gapsContract('memory', openWorld)
partitionsContract('memory', openWorld)
