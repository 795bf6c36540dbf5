// Counting messages in what a server writes: whatever the pieces it comes in, and however many share a frame.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinFrames } from '../../../gateway/protocol/ws-frame.ts'
import { clientFrame, FrameCounter, mark } from '../../../load/fan-out/frame-counter.ts'
import { payloadOf } from '../../../load/fan-out/pass.ts'

const framesOf = (texts: readonly string[]): Buffer =>
  joinFrames(texts.map((text) => ({ bytes: Buffer.from(text), binary: false })))

/** Messages counted when the bytes come in pieces of `size`. */
const counted = (bytes: Buffer, size: number): number => {
  const counter = new FrameCounter(() => undefined)
  counter.looks = false
  for (let at = 0; at < bytes.length; at += size) counter.read(bytes, at, Math.min(bytes.length, at + size))
  return counter.messages
}

test('messages of every size of head are counted once, in any pieces', () => {
  const bytes = framesOf([payloadOf(60), payloadOf(125), payloadOf(126), payloadOf(1_024), payloadOf(70_000)])
  for (const size of [1, 2, 3, 7, 64, 1_000, bytes.length]) assert.equal(counted(bytes, size), 5)
})

test('several messages in one frame are several, and a length that looks like the mark is none', () => {
  const length = mark.charCodeAt(0)
  const bytes = framesOf([`${mark}\n${mark}\n${mark}`, 'x'.repeat(length), 'x'.repeat(256 + length)])
  assert.equal(counted(bytes, 5), 3)
})

test('what lies behind the bytes that came is not counted', () => {
  const bytes = framesOf([payloadOf(100), payloadOf(100)])
  const counter = new FrameCounter(() => undefined)
  counter.read(bytes, 0, bytes.length / 2)
  assert.equal(counter.messages, 1)
})

test('greetings are told, and afterwards only frames of control and those of one character', () => {
  const told: string[] = []
  const counter = new FrameCounter((opcode, text) => told.push(`${opcode} ${text}`))
  const read = (bytes: Buffer) => counter.read(bytes, 0, bytes.length)
  read(framesOf(['{"welcome":{}}']))
  counter.looks = false
  read(framesOf(['{"message":{}}', '2']))
  read(Buffer.from([0x89, 0]))
  assert.deepEqual(told, ['1 {"welcome":{}}', '1 2', '9 '])
})

test('a payload has exactly the bytes that were wanted, and a client’s frame is masked with zeros', () => {
  for (const bytes of [32, 100, 1_024]) assert.equal(Buffer.byteLength(payloadOf(bytes)), bytes)
  assert.deepEqual([...clientFrame('hi')], [0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
  assert.equal(clientFrame('x'.repeat(300)).readUInt16BE(2), 300)
})
