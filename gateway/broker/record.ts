// A message as kafkajs gives it, as a record of ours.
import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { IncomingRecord } from '../delivery/ports.ts'

type Headers = Record<string, Buffer | undefined>

/** Of a repeated header the last value. Mostly none is, and the headers are taken as they are. */
function lastOf(given: IHeaders | undefined): Headers {
  const isPlain = Object.values(given ?? {}).every((value) => Buffer.isBuffer(value))
  if (isPlain) return (given ?? {}) as Headers
  const headers: Headers = {}
  for (const name in given) {
    const value = given[name]
    const last = Array.isArray(value) ? value.at(-1) : value
    // A header may be null in Kafka.
    if (last !== undefined && last !== null)
      headers[name] = typeof last === 'string' ? Buffer.from(last) : last
  }
  return headers
}

export function toRecord(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: lastOf(message.headers),
  }
}
