// The topics of the load, on a Kafka of its own, and how many records they have.
import { createKafka } from '../gateway/broker/client.ts'
import { settings } from '../gateway/config/settings.ts'

export const names = {
  echo: 'load.echo',
  sink: 'load.sink',
  floorSlot: 'load.floor.slot',
} as const

const routePartitions = 6
/** Slots of the gateway: it takes one. */
export const slots = 2

export type Topics = {
  /** Records in the sink so far. */
  sunk(): Promise<number>
  close(): Promise<void>
}

/** Creates what floor, gateway and backend need, alike for both sides: slots by append time, routes in six partitions. */
export const createTopics = async (brokers: readonly string[]): Promise<Topics> => {
  const log = { debug: () => {}, info: () => {}, warn: () => {} }
  const admin = createKafka({ ...settings.shape.kafka.parse({}), brokers: [...brokers] }, { log }).admin()
  await admin.connect()
  const { topics } = settings.shape
  const { slot, dispatch, receipts, quarantine, revocations } = topics.parse({})
  const slotTopics = [names.floorSlot, revocations, ...Array.from({ length: slots }, (_, n) => `${slot}${n}`)]
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      ...slotTopics.map((topic) => ({
        topic,
        numPartitions: 1,
        replicationFactor: 1,
        configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
      })),
      ...[names.echo, names.sink, dispatch, receipts, quarantine].map((topic) => ({
        topic,
        numPartitions: routePartitions,
        replicationFactor: 1,
      })),
    ],
  })
  return {
    async sunk() {
      const offsets = await admin.fetchTopicOffsets(names.sink)
      return offsets.reduce((sum, { high }) => sum + Number(high), 0)
    },
    close: () => admin.disconnect(),
  }
}
