// Encodes the records of one partition as a Kafka record batch (format 2), several times cheaper than kafkajs does.
import { Bytes } from './bytes.ts'
import { codecs, compressionIds } from './codecs.ts'
import { crc32c } from './crc32c.ts'
import type { Entry, Part, ProducerIdentity } from './entry.ts'

/** Bytes from which on a batch is compressed; below, the cost is more than the gain. */
const compressFrom = 2_048
/** Most bytes of UTF-8 for one character of a JavaScript string. */
const widest = 3
const slack = 16

const writeRecord = (out: Bytes, { record, size }: Entry, offsetDelta: number): void => {
  out.reserve(size * widest + slack)
  const start = out.length
  const held = out.openSized(size)
  out.bytes[out.length++] = 0 // attributes
  out.bytes[out.length++] = 0 // timestamp, from that of the batch
  out.varint(offsetDelta)
  if (record.key === null) out.none()
  else out.string(record.key)
  if (record.value === null) out.none()
  else out.blob(record.value)
  const names = Object.keys(record.headers)
  out.varint(names.length)
  for (const name of names) {
    out.string(name)
    out.string(record.headers[name] as string)
  }
  out.closeSized(start, held)
}

const headerSize = 61
const crcAt = 17
const crcFrom = 21

/**
 * The bytes of a part's batch, stamped with `producer` and the part's sequence. `now` is milliseconds since the epoch.
 */
export const encodeBatch = async (
  part: Pick<Part, 'entries' | 'sequence'>,
  producer: ProducerIdentity,
  compression: keyof typeof compressionIds,
  now: number,
): Promise<Buffer> => {
  const { entries, sequence } = part
  let raw = headerSize
  let largest = 0
  for (const { size } of entries) {
    raw += size
    if (size > largest) largest = size
  }
  // Room for the last `reserve` too, so that batches of ASCII never grow.
  const out = new Bytes(raw + widest * largest + slack)
  out.length = headerSize
  for (let i = 0; i < entries.length; i++) writeRecord(out, entries[i] as Entry, i)
  let batch = out.written
  let codec: keyof typeof compressionIds = 'none'
  if (compression !== 'none' && batch.length >= compressFrom) {
    codec = compression
    const packed = await codecs[compression].compress(batch.subarray(headerSize))
    batch = Buffer.concat([batch.subarray(0, headerSize), packed])
  }
  batch.writeBigInt64BE(0n, 0) // base offset, which is the broker's to give
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12) // leader epoch
  batch[16] = 2 // format
  batch.writeInt16BE(compressionIds[codec], 21)
  batch.writeInt32BE(entries.length - 1, 23)
  batch.writeBigInt64BE(BigInt(now), 27)
  batch.writeBigInt64BE(BigInt(now), 35)
  batch.writeBigInt64BE(producer.id, 43)
  batch.writeInt16BE(producer.epoch, 51)
  batch.writeInt32BE(sequence, 53)
  batch.writeInt32BE(entries.length, 57)
  batch.writeUInt32BE(crc32c(batch, crcFrom), crcAt)
  return batch
}
