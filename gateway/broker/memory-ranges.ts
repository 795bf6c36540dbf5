// Parts of logs in memory.
import type { LogRanges } from '../slots/ports.ts'
import { insist } from './deadline.ts'
import { BrokerFailure } from './failure.ts'
import { MemoryCursor } from './memory-cursor.ts'
import type { MemoryLog } from './memory-log.ts'
import { follow, readRange } from './range-reading.ts'

const first = 0
const longPollMs = 500

export const createMemoryRanges = (log: MemoryLog): LogRanges => ({
  ends: (topic, timeoutMs, partition = first) =>
    insist(async () => there(topic, log.ends(topic, partition)), timeoutMs),
  partitions: (topic, timeoutMs) => insist(async () => there(topic, log.partitions(topic)), timeoutMs),
  read: (topic, from, to, options) =>
    readRange(new MemoryCursor(log, { topic, from, ...options }), to, options),
  tail: (topic, from, options) =>
    follow(new MemoryCursor(log, { topic, from, ...options }), longPollMs, options),
  lags: async (topics) =>
    new Map(
      topics.flatMap((topic) => {
        const ends = log.ends(topic, first)
        if (!ends) return []
        const from = log.committed(topic, topic, first) ?? ends.start
        return [[topic, Math.max(0, ends.end - from)]]
      }),
    ),
})

function there<T>(topic: string, found: T | undefined): T {
  if (found === undefined) throw new BrokerFailure('topic-missing', `there is no topic ${topic}`)
  return found
}
