// Where the logs of topics begin and end, asked of their leaders.
import type { LogEnds } from '../slots/ports.ts'
import { BrokerFailure, kindOfCode } from './failure.ts'
import type { Places } from './places.ts'
import type { Wire } from './wire.ts'

type Listed = {
  readonly responses: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[]
  }[]
}

/** Kafka's times for "the first there is" and "the next". */
const earliest = -2
const latest = -1
const readCommitted = 1

/** The node that leads a partition. Rejects with `BrokerFailure`. */
export const leaderOf = async (places: Places, topic: string, partition: number): Promise<number> => {
  const leader = (await places.leaders(topic))[partition]
  if (leader !== undefined && leader >= 0) return leader
  places.outdate(topic)
  throw new BrokerFailure('moved', `${topic}/${partition} has no leader now`)
}

/** Answers by topic: an offset, or Kafka's error code. */
const listOffsets = async (
  wire: Wire,
  leader: number,
  topics: readonly string[],
  partition: number,
  timestamp: number,
): Promise<Map<string, { readonly errorCode: number; readonly offset: string }>> => {
  const { responses } = await wire.ask<Listed>(leader, 'ListOffsets', {
    replicaId: -1,
    isolationLevel: readCommitted,
    topics: topics.map((topic) => ({ topic, partitions: [{ partition, timestamp }] })),
  })
  return new Map(
    responses.flatMap(({ topic, partitions: [found] }) => (found === undefined ? [] : [[topic, found]])),
  )
}

/** What an answer that leaves out a topic says of it. */
const unheard = { errorCode: -1, offset: '-1' }

/** Of topics with one leader; a topic for which it has no answer is left out and asked elsewhere the next time. */
const readEndsAt = async (
  wire: Wire,
  places: Places,
  leader: number,
  topics: readonly string[],
  partition: number,
): Promise<Map<string, LogEnds | BrokerFailure>> => {
  try {
    const [starts, ends] = await Promise.all([
      listOffsets(wire, leader, topics, partition, earliest),
      listOffsets(wire, leader, topics, partition, latest),
    ])
    const found = new Map<string, LogEnds | BrokerFailure>()
    for (const topic of topics) {
      const [start, end] = [starts.get(topic) ?? unheard, ends.get(topic) ?? unheard]
      const code = start.errorCode || end.errorCode
      if (code === 0) found.set(topic, { start: Number(start.offset), end: Number(end.offset) })
      else {
        places.outdate(topic)
        found.set(topic, new BrokerFailure(kindOfCode(code), `no offsets of ${topic}/${partition}`))
      }
    }
    return found
  } catch (failed) {
    for (const topic of topics) places.outdate(topic)
    throw failed
  }
}

/**
 * `end` is the offset that the next record will get, as far as readers of committed records see. Rejects with
 * `BrokerFailure`, and then what is known of the topic's place is asked anew the next time.
 */
export const readLogEnds = async (
  wire: Wire,
  places: Places,
  topic: string,
  partition: number,
): Promise<LogEnds> => {
  const leader = await leaderOf(places, topic, partition)
  const found = (await readEndsAt(wire, places, leader, [topic], partition)).get(topic)
  if (found === undefined || found instanceof BrokerFailure)
    throw found ?? new BrokerFailure('unknown', `no word of ${topic}`)
  return found
}

/** As `readLogEnds`, of many topics with two requests to each leader. What cannot be answered is left out. */
export const readManyEnds = async (
  wire: Wire,
  places: Places,
  topics: readonly string[],
  partition: number,
): Promise<ReadonlyMap<string, LogEnds>> => {
  const byLeader = new Map<number, string[]>()
  const place = async (topic: string) => {
    const leader = await leaderOf(places, topic, partition)
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), topic])
  }
  await Promise.allSettled(topics.map(place))
  const all = new Map<string, LogEnds>()
  const ask = async ([leader, theirs]: [number, string[]]) => {
    for (const [topic, found] of await readEndsAt(wire, places, leader, theirs, partition))
      if (!(found instanceof BrokerFailure)) all.set(topic, found)
  }
  await Promise.allSettled([...byLeader].map(ask))
  return all
}
