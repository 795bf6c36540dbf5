// Frames as they are made for many sockets: a head for every length, and what is joined comes apart again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headBytesOf, joinFrames, startFrame } from '../../../gateway/protocol/ws-frame.ts'

for (const [length, head] of [
  [0, '8100'],
  [1, '8101'],
  [125, '817d'],
  [126, '817e007e'],
  [65_535, '817effff'],
  [65_536, '817f0000000000010000'],
  [20_000_000, '817f0000000001312d00'],
] as const)
  test(`the head of ${length} bytes`, () => {
    const bytes = Buffer.alloc(length)
    assert.equal(startFrame({ bytes, binary: false }, 0).toString('hex'), head)
    assert.equal(headBytesOf(length) * 2, head.length)
    assert.equal(
      startFrame({ bytes, binary: true }, 7).toString('hex').slice(0, head.length),
      `82${head.slice(2)}`,
    )
    assert.equal(startFrame({ bytes, binary: true }, 7).length, head.length / 2 + 7)
  })

test('frames are joined one behind the other, text and bytes', () => {
  const messages = [0, 1, 125, 126, 65_536, 3].map((length, n) => ({
    bytes: Buffer.alloc(length, n),
    binary: n % 2 === 1,
  }))
  const expected = Buffer.concat(messages.flatMap((message) => [startFrame(message, 0), message.bytes]))
  assert.ok(joinFrames(messages).equals(expected))
  assert.equal(joinFrames([]).length, 0)
})
