// What the contract of brokers starts from: a broker, a topic, records, and the reading of a slot.
import type { TestContext } from 'node:test'
import type { Broker } from '../../../gateway/broker/broker.ts'
import type {
  IncomingRecord,
  SlotLoss,
  SlotReader,
  SlotReaderOptions,
} from '../../../gateway/delivery/ports.ts'
import type { OutgoingRecord, Publisher, PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { randomName } from '../../support/names.ts'

/** Opens a broker whose publishers hold at most `maxQueue` records; closed with `t`. */
export type OpenBroker = (t: TestContext, options: { maxQueue: number }) => Promise<Broker>

/** A broker, and the harm that others do to its topics. */
export type World = {
  readonly broker: Broker
  /** Removes everything before `offset`, as the end of retention does. */
  truncate(topic: string, offset: number): Promise<void>
  /** Adds `count` offsets (at least 2) that hold nothing to read: an aborted transaction. */
  skip(topic: string, count: number): Promise<void>
  /** Deletes the topic and creates it anew, empty. */
  recreate(topic: string): Promise<void>
}
export type OpenWorld = (t: TestContext) => Promise<World>

export const stopMs = 5_000

export const outcomeOf = (publisher: Publisher, record: OutgoingRecord): Promise<PublishOutcome> =>
  new Promise((resolve, reject) => {
    if (!publisher.publish(record, resolve)) reject(new Error('the publisher is full'))
  })

export const recordOf = (topic: string, key: string, text: string): OutgoingRecord => ({
  topic,
  key,
  value: Buffer.from(text),
  headers: { n: text },
})

export const createTopic = async (broker: Broker, partitions = 1): Promise<string> => {
  const name = randomName('t')
  await broker.topics.create([{ name, partitions, replication: 1, configs: {}, purpose: 'a test' }])
  return name
}

export type Reading = {
  readonly reader: SlotReader
  readonly seen: IncomingRecord[]
  readonly texts: () => string[]
  readonly lost: SlotLoss[]
  readonly gaps: (readonly [number, number])[]
}

/** Reads a slot and settles what it reads, unless told otherwise; stopped with `t`. */
export const readSlot = async (
  t: TestContext,
  broker: Broker,
  topic: string,
  epoch: number,
  options: Partial<SlotReaderOptions> = {},
): Promise<Reading> => {
  const seen: IncomingRecord[] = []
  const lost: SlotLoss[] = []
  const gaps: (readonly [number, number])[] = []
  const reader = await broker.logs.readSlot({
    topic,
    group: topic,
    epoch,
    mayServe: () => true,
    onBatch: (records) => void seen.push(...records),
    settledOffset: () => (seen.length === 0 ? undefined : (seen.at(-1) as IncomingRecord).offset + 1),
    onLost: (reason) => void lost.push(reason),
    onGap: (from, to) => gaps.push([from, to]) > 0,
    ...options,
  })
  onEnd(t, () => reader.stop(stopMs))
  return { reader, seen, lost, gaps, texts: () => seen.map(({ value }) => String(value)) }
}

export const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n))

/** A broker, a topic with that many partitions, and a publisher. */
export const opener =
  (open: OpenBroker) =>
  async (t: TestContext, partitions = 1, maxQueue = 20_000) => {
    const broker = await open(t, { maxQueue })
    const topic = await createTopic(broker, partitions)
    return { broker, topic, publisher: broker.publisher() }
  }

/** The same with a world, and a way to append: one record a text, each behind the one before. */
export const worldOpener = (open: OpenWorld) => async (t: TestContext) => {
  const world = await open(t)
  const topic = await createTopic(world.broker)
  const publisher = world.broker.publisher()
  const append = async (...texts: string[]) => {
    await Promise.all(texts.map((text) => outcomeOf(publisher, recordOf(topic, 'k', text))))
  }
  return { ...world, topic, append }
}
