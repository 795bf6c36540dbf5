// A record batch as Kafka keeps it: its header, read at once, and its records, unpacked only when wanted.
import type { IncomingRecord } from '../delivery/ports.ts'
import { type Compression, codecs, compressionIds } from './codecs.ts'
import { readIncoming, readVarint } from './record-decoder.ts'

export type FetchedBatch = {
  readonly firstOffset: number
  /** The offset behind the batch, also where its last records were removed by compaction. */
  readonly nextOffset: number
  readonly attributes: number
  readonly firstTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: bigint
  readonly count: number
  /** The records, as they are packed. */
  readonly packed: Buffer
}

const headerSize = 61
const format = 2
const compressionBits = 0x7
const appendTimeBit = 0x8
const transactionBit = 0x10
const controlBit = 0x20
const abortMarker = 0

export const isTransactional = ({ attributes }: FetchedBatch): boolean => (attributes & transactionBit) !== 0
/** Kafka's own: the end of a transaction. */
export const isControl = ({ attributes }: FetchedBatch): boolean => (attributes & controlBit) !== 0

/** Cuts what was fetched; a last batch that did not fit whole is left out. */
export const cutBatches = (set: Buffer): FetchedBatch[] => {
  const batches: FetchedBatch[] = []
  for (let at = 0; at + headerSize <= set.length; ) {
    const end = at + 12 + set.readInt32BE(at + 8)
    if (end > set.length) break
    if (set[at + 16] !== format) throw new Error(`a batch of a format that is not ${format}`)
    const firstOffset = Number(set.readBigInt64BE(at))
    batches.push({
      firstOffset,
      nextOffset: firstOffset + set.readInt32BE(at + 23) + 1,
      attributes: set.readInt16BE(at + 21),
      firstTimestamp: Number(set.readBigInt64BE(at + 27)),
      maxTimestamp: Number(set.readBigInt64BE(at + 35)),
      producerId: set.readBigInt64BE(at + 43),
      count: set.readInt32BE(at + 57),
      packed: set.subarray(at + headerSize, end),
    })
    at = end
  }
  return batches
}

const nameOf = (id: number): Compression | undefined =>
  (Object.keys(codecs) as Compression[]).find((name) => compressionIds[name] === id)

/** The records' bytes. Rejects where they cannot be unpacked, or would be too many. */
export const unpack = async ({ attributes, packed }: FetchedBatch): Promise<Buffer> => {
  const id = attributes & compressionBits
  if (id === compressionIds.none) return packed
  const name = nameOf(id)
  if (name === undefined) throw new Error(`a batch with the unknown compression ${id}`)
  return codecs[name].decompress(packed)
}

/** Whether a control batch says that its producer's transaction does not count. */
export const isAbort = ({ packed }: FetchedBatch): boolean => {
  const from = { buffer: packed, offset: 0 }
  readVarint(from) // length
  from.offset++ // attributes
  readVarint(from) // time
  readVarint(from) // offset
  readVarint(from) // length of the key: its version, then its type
  return packed.readInt16BE(from.offset + 2) === abortMarker
}

export type Place = { readonly topic: string; readonly partition: number }

/** Appends the records of an unpacked batch from offset `from` up to and without `to`. Throws `RangeError` if cut off. */
export const readRecords = (
  { firstOffset, firstTimestamp, maxTimestamp, attributes, count }: FetchedBatch,
  bytes: Buffer,
  { topic, partition }: Place,
  { from, to }: { readonly from: number; readonly to: number },
  into: IncomingRecord[],
): void => {
  const appendTime = (attributes & appendTimeBit) === 0 ? undefined : maxTimestamp
  const place = { topic, partition, firstOffset, firstTimestamp, appendTime }
  const reading = { buffer: bytes, offset: 0 }
  for (let i = 0; i < count; i++) {
    const end = readVarint(reading) + reading.offset
    const record = readIncoming(reading, place)
    reading.offset = end
    if (record.offset >= to) return
    if (record.offset >= from) into.push(record)
  }
}
