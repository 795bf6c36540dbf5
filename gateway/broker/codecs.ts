// The compressions of Kafka's record batches: how each is written, and read with a bound, by us and by kafkajs's consumers.
import { promisify } from 'node:util'
import {
  constants,
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib'
import { compressFrame, decompressFrame } from 'lz4-napi'
import snappy from 'snappyjs'
import { kafkajs } from './internals.ts'

/** Bytes that one batch may unpack to; more is a fault, or an attack. */
const maxUnpacked = 64 * 1024 ** 2

export type Codec = {
  readonly compress: (raw: Buffer) => Promise<Buffer>
  readonly decompress: (packed: Buffer) => Promise<Buffer>
}
export type Compression = 'gzip' | 'snappy' | 'lz4' | 'zstd'

const zip = promisify(gzip)
const unzip = promisify(gunzip)
const zstd = promisify(zstdCompress)
const unzstd = promisify(zstdDecompress)

/** Up to this many bytes it costs several times more to hand a batch to another thread than to (un)pack it here. */
const inPlace = 64 * 1024
/** Bytes that a batch may unpack to here; more is unpacked in another thread. */
const unpackedInPlace = 256 * 1024

/** Fast levels: a batch waits while it is compressed. */
const fast = { level: 1 }
const fastZstd = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

type Unpack = (packed: Buffer, options: { maxOutputLength: number }) => Buffer

/** Undefined for what is too large to be unpacked in this thread. */
const unpackHere = (unpack: Unpack, packed: Buffer): Buffer | undefined => {
  if (packed.length > inPlace) return undefined
  try {
    return unpack(packed, { maxOutputLength: unpackedInPlace })
  } catch (failed) {
    if ((failed as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw failed
  }
}

/** Java's snappy stream: this magic, two version numbers, then blocks of a length and raw snappy. */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeader = 16
const xerialBlock = 32 * 1024

const snappyBlocks = (packed: Buffer): Buffer[] => {
  if (!packed.subarray(0, xerial.length).equals(xerial)) return [packed]
  const blocks: Buffer[] = []
  for (let at = xerialHeader; at < packed.length; ) {
    const length = packed.readInt32BE(at)
    if (length < 0 || at + 4 + length > packed.length) throw new Error('a snappy block is cut off')
    blocks.push(packed.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return blocks
}

const unsnap = (packed: Buffer): Buffer => {
  let room = maxUnpacked
  const parts = snappyBlocks(packed).map((block) => {
    const raw = snappy.uncompress(block, room)
    room -= raw.length
    return raw
  })
  return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts)
}

const snap = (raw: Buffer): Buffer => {
  const header = Buffer.alloc(xerialHeader)
  xerial.copy(header)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  const parts: Buffer[] = [header]
  for (let at = 0; at < raw.length; at += xerialBlock) {
    const block = snappy.compress(raw.subarray(at, at + xerialBlock))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** By the name used in the configuration. */
export const codecs: Readonly<Record<Compression, Codec>> = {
  gzip: {
    compress: async (raw) => (raw.length <= inPlace ? gzipSync(raw, fast) : zip(raw, fast)),
    decompress: async (packed) =>
      unpackHere(gunzipSync, packed) ?? unzip(packed, { maxOutputLength: maxUnpacked }),
  },
  snappy: { compress: async (raw) => snap(raw), decompress: async (packed) => unsnap(packed) },
  lz4: { compress: (raw) => compressFrame(raw), decompress: (packed) => decompressFrame(packed) },
  zstd: {
    compress: async (raw) => (raw.length <= inPlace ? zstdCompressSync(raw, fastZstd) : zstd(raw, fastZstd)),
    decompress: async (packed) =>
      unpackHere(zstdDecompressSync, packed) ?? unzstd(packed, { maxOutputLength: maxUnpacked }),
  },
}

/** Kafka's number for each, in the attributes of a batch. */
export const compressionIds = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

const toKafkaJs = (codec: Codec) => () => ({
  compress: (encoder: { buffer: Buffer }) => codec.compress(encoder.buffer),
  decompress: codec.decompress,
})

/** Teaches kafkajs the three it lacks, and bounds the one it has. */
export const registerCodecs = (): void => {
  for (const [name, codec] of Object.entries(codecs))
    Object.assign(kafkajs.CompressionCodecs, { [compressionIds[name as Compression]]: toKafkaJs(codec) })
}
