// Messages as compressed frames carry them: what is worth it, and that whoever inflates them has what was sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, inflateRawSync } from 'node:zlib'
import { deflate, deflateWindowBits, deflatingDialect } from '../../../gateway/connection/deflating.ts'
import { envelopedDialect, rawDialect } from '../../../gateway/connection/dialect.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { joinFrames } from '../../../gateway/protocol/ws-frame.ts'

const options = { threshold: 100, level: 1 }

/** As RFC 7692 section 7.2.2 has it done, with the window that was agreed to. */
const inflate = (bytes: Buffer): Buffer =>
  inflateRawSync(Buffer.concat([bytes, Buffer.from([0, 0, 0xff, 0xff])]), {
    windowBits: deflateWindowBits,
    finishFlush: constants.Z_SYNC_FLUSH,
  })

for (const size of [100, 1_000, 70_000])
  for (const level of [1, 6, 9])
    test(`${size} bytes at level ${level} are smaller, and the same when they are read`, () => {
      const bytes = Buffer.from('{"price":12.5,"side":"buy"}'.repeat(size / 20).slice(0, size))
      const {
        bytes: deflated,
        binary,
        deflated: isDeflated,
      } = deflate({ bytes, binary: false }, { ...options, level })
      assert.deepEqual([binary, isDeflated], [false, true])
      assert.ok(deflated.length < size / 2)
      assert.deepEqual(inflate(deflated), bytes)
    })

test('what is small, and what would not shrink, is sent as it is', () => {
  for (const bytes of [
    Buffer.alloc(99, 'a'),
    Buffer.from(Array.from({ length: 200 }, (_, n) => (n * 89) % 256)),
  ]) {
    const message = { bytes, binary: true }
    assert.equal(deflate(message, options), message)
  }
})

test('a dialect that compresses has a name of its own, and shows what the plain one shows', () => {
  const plain = envelopedDialect(jsonCodec)
  const dialect = deflatingDialect(plain, options)
  assert.notEqual(dialect.name, plain.name)
  const frame = { kind: 'goaway', reason: 'r'.repeat(200), reconnectAfterMs: 1 } as const
  const encoded = dialect.encode(frame)
  assert.ok(encoded?.deflated)
  assert.deepEqual(inflate(encoded.bytes), plain.encode(frame)?.bytes)
  assert.deepEqual(dialect.encode({ kind: 'pong' }), plain.encode({ kind: 'pong' }))
  assert.equal(deflatingDialect(rawDialect('text/plain'), options).encode(frame), undefined)
})

test('the first reserved bit tells which frames are compressed', () => {
  const bytes = Buffer.from('x')
  const heads = [
    { bytes, binary: false },
    { bytes, binary: true },
    { bytes, binary: false, deflated: true },
    { bytes, binary: true, deflated: true },
  ] as const
  const joined = joinFrames(heads)
  assert.deepEqual(
    heads.map((_, n) => joined[n * 3]),
    [0x81, 0x82, 0xc1, 0xc2],
  )
})
