// Where a partition's log begins and ends, asked of its leader.
import type { LogEnds } from '../slots/ports.ts'
import { BrokerFailure, kindOfCode } from './failure.ts'
import type { Places } from './places.ts'
import type { Wire } from './wire.ts'

type Listed = {
  readonly responses: readonly {
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
  const ask = async (timestamp: number) => {
    const { responses } = await wire.ask<Listed>(leader, 'ListOffsets', {
      replicaId: -1,
      isolationLevel: readCommitted,
      topics: [{ topic, partitions: [{ partition, timestamp }] }],
    })
    const { errorCode, offset } = responses[0]?.partitions[0] ?? { errorCode: -1, offset: '-1' }
    if (errorCode !== 0) throw new BrokerFailure(kindOfCode(errorCode), `no offsets of ${topic}/${partition}`)
    return Number(offset)
  }
  try {
    const [start, end] = await Promise.all([ask(earliest), ask(latest)])
    return { start, end }
  } catch (failed) {
    places.outdate(topic)
    throw failed
  }
}
