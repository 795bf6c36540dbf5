// The compressions of record batches: whatever is packed comes out again, on either side of the sizes where the way changes.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { codecs } from '../../../gateway/broker/codecs.ts'

const KiB = 1024
const sizes = [1, 3 * KiB, 64 * KiB, 64 * KiB + 1, 256 * KiB, 256 * KiB + 1, 3 * KiB * KiB]

for (const [name, codec] of Object.entries(codecs)) {
  test(`${name} gives back what it was given, small or large`, async () => {
    for (const size of sizes) {
      for (const raw of [Buffer.alloc(size, 'abc'), randomBytes(size)]) {
        const unpacked = await codec.decompress(await codec.compress(raw))
        assert.ok(unpacked.equals(raw), `${size} bytes`)
      }
    }
  })
}

test('what is not gzip is refused', async () => {
  await assert.rejects(codecs.gzip.decompress(Buffer.from('no gzip')))
  await assert.rejects(codecs.gzip.decompress(gzipSync(randomBytes(2 * KiB)).subarray(0, KiB)))
})

test('a few bytes that unpack to more than a batch may have are refused', async () => {
  const bomb = gzipSync(Buffer.alloc(65 * KiB * KiB))
  await assert.rejects(codecs.gzip.decompress(bomb), { code: 'ERR_BUFFER_TOO_LARGE' })
})
