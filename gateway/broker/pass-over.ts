// Passes over what is too old in one step: a topic may have years of it when a group first reads it.
import type { KafkaConfig } from '../config/settings.ts'
import { type BrokerLog, createKafka, shortRetry } from './client.ts'

type Batch = {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly { readonly timestamp: string; readonly offset: string }[]
}

/** Between two questions about one partition. In ms. */
const askEvery = 60_000

/** Where the records from `since` on begin in each partition, or where it ends if there are none. */
async function firstSince(config: KafkaConfig, log: BrokerLog, topic: string, since: number) {
  const admin = createKafka(config, { log, retry: shortRetry }).admin()
  try {
    await admin.connect()
    return await admin.fetchTopicOffsetsByTimestamp(topic, since)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/**
 * Answers where to go on if all of a batch is older than `maxAge` milliseconds and more behind it is; undefined: here.
 * Never rejects.
 */
export function createPassOver(config: KafkaConfig, log: BrokerLog, maxAge: number | undefined) {
  const asked = new Map<string, number>()
  return async ({ topic, partition, messages }: Batch): Promise<string | undefined> => {
    const last = messages.at(-1)
    if (maxAge === undefined || last === undefined) return undefined
    const since = Date.now() - maxAge
    const place = `${topic}/${partition}`
    if (Number(last.timestamp) >= since || performance.now() < (asked.get(place) ?? 0)) return undefined
    asked.set(place, performance.now() + askEvery)
    const found = await firstSince(config, log, topic, since).catch(() => [])
    const next = found.find((each) => each.partition === partition)?.offset
    return next !== undefined && Number(next) > Number(last.offset) + 1 ? next : undefined
  }
}
