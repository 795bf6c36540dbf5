// A message as kafkajs gives it, as a record of ours.
import type { KafkaMessage } from 'kafkajs'
import type { IncomingRecord } from '../delivery/ports.ts'

export function toRecord(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  const headers: Record<string, Buffer | undefined> = {}
  for (const name in message.headers) {
    const given = message.headers[name]
    const last = Array.isArray(given) ? given.at(-1) : given
    if (last !== undefined) headers[name] = typeof last === 'string' ? Buffer.from(last) : last
  }
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers,
  }
}
