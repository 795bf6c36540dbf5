// Parts of logs, read without a group: from here to there, from here on, and where logs begin and end.
import type { LogEnds, LogRanges } from '../slots/ports.ts'
import { insist } from './deadline.ts'
import type { BrokerFailure } from './failure.ts'
import { Group } from './group.ts'
import { LogCursor } from './log-cursor.ts'
import { readLogEnds, readManyEnds } from './log-ends.ts'
import { follow, readRange } from './range-reading.ts'
import { longPollOf, type Reach } from './reach.ts'
import type { Wire } from './wire.ts'

const first = 0

/** Fetches of all reads share one connection to each node; each tail, whose fetches wait, has its own. */
export const createRanges = (reach: Reach): LogRanges & { close(): void } => {
  const { wire, places } = reach
  const longPollMs = longPollOf(reach.config)
  const shared = wire.apart()
  const groups = new Map<string, Group>()
  const cursor = (fetches: Wire, topic: string, partition = first, from = 0) =>
    new LogCursor({ wire, places, fetches, topic, partition, from })

  const groupOf = (topic: string): Group => {
    const group = groups.get(topic) ?? new Group(wire, topic)
    groups.set(topic, group)
    return group
  }

  /** `together` is the first look at the ends of all the topics; where it says nothing, this one is asked for alone. */
  const lagOf = async (topic: string, together: Promise<ReadonlyMap<string, LogEnds>>): Promise<number> => {
    const [committed, found] = await Promise.all([groupOf(topic).committed(topic, first), together])
    const { start, end } = found.get(topic) ?? (await readLogEnds(wire, places, topic, first))
    // What is gone counts, too: somebody has to say so.
    return Math.max(0, end - (committed ?? start))
  }

  return {
    ends: (topic, timeoutMs, partition = first) =>
      insist(() => readLogEnds(wire, places, topic, partition), timeoutMs),
    partitions: (topic, timeoutMs) => insist(async () => (await places.leaders(topic)).length, timeoutMs),
    read: (topic, from, to, options) =>
      readRange(cursor(shared, topic, options.partition, from), to, options),
    async tail(topic, from, options) {
      const own = wire.apart()
      const onAbort = () => own.close()
      options.signal.addEventListener('abort', onAbort)
      try {
        await follow(cursor(own, topic, options.partition, from), longPollMs, options)
      } finally {
        options.signal.removeEventListener('abort', onAbort)
        own.close()
      }
    },
    async lags(topics, timeoutMs) {
      const found = new Map<string, number>()
      const isHopeless = ({ kind }: BrokerFailure) => kind === 'topic-missing' || kind === 'not-writable'
      const together = readManyEnds(wire, places, topics, first)
      const ask = async (topic: string) =>
        void found.set(topic, await insist(() => lagOf(topic, together), timeoutMs, isHopeless))
      await Promise.allSettled(topics.map(ask))
      return found
    },
    close: () => shared.close(),
  }
}
