// Records of the log in memory, as the backend kit has them and from it.
import type { IHeaders } from 'kafkajs'
import { type Arrival, isHeader, type Outgoing, type Place, toTexts } from '../consumers/kit/record.ts'
import type { MemoryLog } from '../gateway/broker/memory-log.ts'
import type { IncomingRecord } from '../gateway/delivery/ports.ts'

export const toArrival = ({
  topic,
  partition,
  offset,
  key,
  value,
  headers,
  timestamp,
}: IncomingRecord): Arrival => ({
  topic,
  partition,
  message: {
    key,
    value,
    headers: headers as IHeaders,
    offset: String(offset),
    timestamp: String(timestamp),
  },
})

/** Stores a record as Kafka would; a topic that is not there is made, with one partition. Throws where it cannot be stored. */
export function append(log: MemoryLog, { topic, key, partition = 0, value, headers }: Outgoing): Place {
  if (!Object.values(headers).every(isHeader))
    throw new TypeError('a header is text or bytes, or several of them')
  log.create(topic, 1)
  const record = { topic, headers: toTexts(headers), value: value as Buffer }
  const outcome = log.append(
    key === null ? { ...record, key: null, partition } : { ...record, key: key.toString() },
  )
  if (!outcome.ok) throw new Error(`not stored: ${outcome.failure}`)
  return { topic, partition: outcome.partition, offset: outcome.offset }
}
