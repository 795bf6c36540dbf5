// The produce request and its answer: parts go in, and for each of them comes back a place in the log or an error code.
import type { Part } from './entry.ts'
import { apiKeys, type Definition, type Exchange, requests } from './internals.ts'

/** Version 7 (Kafka 2.1 and later) is the highest that kafkajs can read the answer of. */
const version = 7

type ProducedTopic = {
  readonly topicName: string
  readonly partitions: readonly {
    readonly partition: number
    readonly errorCode: number
    readonly baseOffset: string
  }[]
}
/** What Kafka said of one partition. `code` 0: stored from `offset` on. */
export type Produced = { readonly code: number; readonly offset: number }

const decode = ((requests['Produce'] as Definition).protocol({ version }) as (args: object) => Exchange)({})
  .response.decode

export type Encoded = { readonly part: Part; readonly bytes: Buffer }

const byTopic = (encoded: readonly Encoded[]): Map<string, Encoded[]> => {
  const topics = new Map<string, Encoded[]>()
  for (const one of encoded) {
    const same = topics.get(one.part.topic)
    if (same) same.push(one)
    else topics.set(one.part.topic, [one])
  }
  return topics
}

/** acks=all; `timeoutMs` is how long the leader may wait for its followers. */
const payload = (encoded: readonly Encoded[], timeoutMs: number): Buffer => {
  const topics = byTopic(encoded)
  let size = 12
  for (const name of topics.keys()) size += 6 + name.length
  for (const { bytes } of encoded) size += 8 + bytes.length
  const out = Buffer.allocUnsafe(size)
  let at = out.writeInt16BE(-1, 0) // no transaction
  at = out.writeInt16BE(-1, at) // acks: all
  at = out.writeInt32BE(timeoutMs, at)
  at = out.writeInt32BE(topics.size, at)
  for (const [name, parts] of topics) {
    at = out.writeInt16BE(name.length, at) // topic names are ASCII
    at += out.write(name, at, 'latin1')
    at = out.writeInt32BE(parts.length, at)
    for (const { part, bytes } of parts) {
      at = out.writeInt32BE(part.partition, at)
      at = out.writeInt32BE(bytes.length, at)
      at += bytes.copy(out, at)
    }
  }
  return out
}

/** The exchange for kafkajs to carry out; its answer is a lookup by topic and partition. */
export const produceExchange = (encoded: readonly Encoded[], timeoutMs: number): Exchange => ({
  request: {
    apiKey: apiKeys['Produce'] as number,
    apiVersion: version,
    apiName: 'Produce',
    expectResponse: () => true,
    encode: async () => {
      const buf = payload(encoded, timeoutMs)
      return { buf, buffer: buf, offset: buf.length } // the three things kafkajs looks at in an encoder
    },
  },
  response: { decode, parse: async (answer) => toLookup(answer as { topics: readonly ProducedTopic[] }) },
})

/** Finds what was said of a part; undefined where the answer does not mention it. */
export type ProducedLookup = (part: Part) => Produced | undefined

const toLookup = ({ topics }: { topics: readonly ProducedTopic[] }): ProducedLookup => {
  const found = new Map<string, Produced>()
  for (const { topicName, partitions } of topics)
    for (const { partition, errorCode, baseOffset } of partitions)
      found.set(`${topicName}/${partition}`, { code: errorCode, offset: Number(baseOffset) })
  return ({ topic, partition }) => found.get(`${topic}/${partition}`)
}
