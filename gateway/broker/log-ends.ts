// Where a partition's log begins and ends, asked of its leader.
import { BrokerFailure, kindOfCode } from './failure.ts'
import type { Places } from './places.ts'
import type { Wire } from './wire.ts'

export type LogEnds = {
  /** Offset of the oldest record that is still there. */
  readonly start: number
  /** Offset that the next record will get, as far as readers of committed records see. */
  readonly end: number
}

type Listed = {
  readonly responses: readonly {
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[]
  }[]
}

/** Kafka's times for "the first there is" and "the next". */
const earliest = -2
const latest = -1
const readCommitted = 1

/** Rejects with `BrokerFailure`. */
export const readLogEnds = async (
  wire: Wire,
  places: Places,
  topic: string,
  partition: number,
): Promise<LogEnds> => {
  const leader = (await places.leaders(topic))[partition] ?? -1
  const ask = async (timestamp: number) => {
    const { responses } = await wire.ask<Listed>(leader, 'ListOffsets', {
      replicaId: -1,
      isolationLevel: readCommitted,
      topics: [{ topic, partitions: [{ partition, timestamp }] }],
    })
    const { errorCode, offset } = responses[0]?.partitions[0] ?? { errorCode: -1, offset: '-1' }
    if (errorCode !== 0) {
      places.outdate(topic)
      throw new BrokerFailure(kindOfCode(errorCode), `no offsets of ${topic}/${partition}`)
    }
    return Number(offset)
  }
  const [start, end] = await Promise.all([ask(earliest), ask(latest)])
  return { start, end }
}
