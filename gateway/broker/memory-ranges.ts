// Parts of logs in memory.
import type { LogRanges } from '../slots/ports.ts'
import { insist } from './deadline.ts'
import { BrokerFailure } from './failure.ts'
import { MemoryCursor } from './memory-cursor.ts'
import type { MemoryLog } from './memory-log.ts'
import { follow, readRange } from './range-reading.ts'

const partition = 0
const longPollMs = 500

export const createMemoryRanges = (log: MemoryLog): LogRanges => ({
  ends: (topic, timeoutMs) =>
    insist(async () => {
      const ends = log.ends(topic, partition)
      if (!ends) throw new BrokerFailure('topic-missing', `there is no topic ${topic}`)
      return ends
    }, timeoutMs),
  read: (topic, from, to, options) =>
    readRange(new MemoryCursor(log, topic, from, options.signal), to, options),
  tail: (topic, from, options) =>
    follow(new MemoryCursor(log, topic, from, options.signal), longPollMs, options),
  lags: async (topics) =>
    new Map(
      topics.flatMap((topic) => {
        const ends = log.ends(topic, partition)
        if (!ends) return []
        const from = log.committed(topic, topic, partition) ?? ends.start
        return [[topic, Math.max(0, ends.end - from)]]
      }),
    ),
})
