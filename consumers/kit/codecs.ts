// Reads the compressions that other producers use: gzip, snappy, lz4 and zstd.
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import { decompressFrame } from 'lz4-napi'
import snappy from 'snappyjs'

/** Bytes that one batch may unpack to. */
const maxUnpacked = 64 * 1024 ** 2

const unzip = promisify(gunzip)
const unzstd = promisify(zstdDecompress)

/** Java's snappy stream: this magic, two version numbers, then blocks of a length and raw snappy. Others send one raw block. */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeader = 16

const unsnap = (packed: Buffer): Buffer => {
  if (!packed.subarray(0, xerial.length).equals(xerial)) return snappy.uncompress(packed, maxUnpacked)
  const parts: Buffer[] = []
  let room = maxUnpacked
  for (let at = xerialHeader; at < packed.length; ) {
    const end = at + 4 + packed.readInt32BE(at)
    if (end < at + 4 || end > packed.length) throw new Error('a snappy block is cut off')
    const raw = snappy.uncompress(packed.subarray(at + 4, end), room)
    room -= raw.length
    parts.push(raw)
    at = end
  }
  return Buffer.concat(parts)
}

/** By Kafka's number for each compression. */
export const readers: Readonly<Record<number, (packed: Buffer) => Promise<Buffer>>> = {
  1: (packed) => unzip(packed, { maxOutputLength: maxUnpacked }),
  2: async (packed) => unsnap(packed),
  3: (packed) => decompressFrame(packed),
  4: (packed) => unzstd(packed, { maxOutputLength: maxUnpacked }),
}
