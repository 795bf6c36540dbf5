// The fetch request for one partition and its answer, whose batches are cut out but not yet unpacked.
import { cutBatches, type FetchedBatch } from './fetched-batch.ts'
import { apiKeys, type Exchange } from './internals.ts'

/** Version 10 (Kafka 2.1 and later) is the first in which brokers hand out zstd, and the last without racks. */
const version = 10
const readCommitted = 1

export type FetchArgs = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
  /** How long Kafka holds the answer back while there is nothing. Milliseconds. */
  readonly maxWaitMs: number
}

/** A producer's records from `firstOffset` to its abort marker do not count. */
export type Aborted = { readonly producerId: bigint; readonly firstOffset: number }

export type Fetched = {
  /** Kafka's error code. 0: the rest counts. */
  readonly code: number
  /** The next offset of the log, and of its committed part. */
  readonly highWatermark: number
  readonly lastStable: number
  /** The first offset that is kept. */
  readonly start: number
  readonly aborted: readonly Aborted[]
  readonly batches: readonly FetchedBatch[]
}

const encode = ({ topic, partition, offset, maxBytes, maxWaitMs }: FetchArgs): Buffer => {
  const out = Buffer.allocUnsafe(67 + topic.length)
  let at = out.writeInt32BE(-1, 0) // a client, not a replica
  at = out.writeInt32BE(maxWaitMs, at)
  at = out.writeInt32BE(1, at) // least bytes
  at = out.writeInt32BE(maxBytes, at)
  at = out.writeInt8(readCommitted, at)
  at = out.writeInt32BE(0, at) // no fetch session
  at = out.writeInt32BE(-1, at)
  at = out.writeInt32BE(1, at)
  at = out.writeInt16BE(topic.length, at) // topic names are ASCII
  at += out.write(topic, at, 'latin1')
  at = out.writeInt32BE(1, at)
  at = out.writeInt32BE(partition, at)
  at = out.writeInt32BE(-1, at) // whatever the leader's epoch
  at = out.writeBigInt64BE(BigInt(offset), at)
  at = out.writeBigInt64BE(-1n, at)
  at = out.writeInt32BE(maxBytes, at)
  at = out.writeInt32BE(0, at) // nothing to forget
  return out.subarray(0, at)
}

const nothing = { highWatermark: -1, lastStable: -1, start: -1, aborted: [], batches: [] }

/** `raw` is the answer to a request for one partition. Throws `RangeError` where it is cut off. */
export const decodeFetched = (raw: Buffer): Fetched => {
  const failed = raw.readInt16BE(4)
  let at = 10
  if (failed !== 0 || raw.readInt32BE(at) === 0) return { code: failed || -1, ...nothing }
  at += 4
  at += 2 + raw.readInt16BE(at) // the topic
  at += 8 // one partition, its number
  const code = raw.readInt16BE(at)
  const highWatermark = Number(raw.readBigInt64BE(at + 2))
  const lastStable = Number(raw.readBigInt64BE(at + 10))
  const start = Number(raw.readBigInt64BE(at + 18))
  const abortedCount = raw.readInt32BE(at + 26)
  at += 30
  const aborted: Aborted[] = []
  for (let i = 0; i < abortedCount; i++, at += 16)
    aborted.push({ producerId: raw.readBigInt64BE(at), firstOffset: Number(raw.readBigInt64BE(at + 8)) })
  const size = Math.max(0, raw.readInt32BE(at))
  const batches = cutBatches(raw.subarray(at + 4, at + 4 + size))
  return { code, highWatermark, lastStable, start, aborted, batches }
}

/** For `Wire.exchange`, whose answer is then a `Fetched`. */
export const fetchExchange = (args: FetchArgs): Exchange => ({
  request: {
    apiKey: apiKeys['Fetch'] as number,
    apiVersion: version,
    apiName: 'Fetch',
    expectResponse: () => true,
    encode: async () => {
      const buf = encode(args)
      return { buf, buffer: buf, offset: buf.length } // the three things kafkajs looks at in an encoder
    },
  },
  response: {
    decode: async (raw) => ({ clientSideThrottleTime: raw.readInt32BE(0), fetched: decodeFetched(raw) }),
    parse: async (decoded) => (decoded as { fetched: Fetched }).fetched,
  },
})
