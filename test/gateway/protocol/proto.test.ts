// The protobuf subprotocol: frames from bytes and back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { ClientFrameSchema, ServerFrameSchema } from '#schemas/frames_pb.ts'
import { isBadFrame } from '../../../gateway/protocol/frames.ts'
import { protoCodec } from '../../../gateway/protocol/proto.ts'
import { anyBytes, mutated, readGolden } from './generators.ts'

type Kind = NonNullable<MessageInitShape<typeof ClientFrameSchema>['kind']>

const encode = (kind: Kind) => Buffer.from(toBinary(ClientFrameSchema, create(ClientFrameSchema, { kind })))

test('a text frame is fatal', () => {
  const decoded = protoCodec.decode(encode({ case: 'ping', value: {} }), false)
  assert.ok(isBadFrame(decoded))
  assert.deepEqual([decoded.code, decoded.fatal], ['invalid-frame', true])
})

test('bytes that are no ClientFrame, and a frame of no kind, are refused and not fatal', () => {
  for (const bytes of [Buffer.from('hello'), Buffer.from([0x0a, 0xff]), Buffer.alloc(0)]) {
    const decoded = protoCodec.decode(bytes, true)
    assert.ok(isBadFrame(decoded))
    assert.deepEqual([decoded.code, decoded.fatal], ['invalid-frame', undefined])
  }
})

/** A frame of a kind with number 99, with other fields before its id. */
const laterKind = (id: string) =>
  new BinaryWriter()
    .tag(99, WireType.LengthDelimited)
    .fork()
    .tag(2, WireType.Varint)
    .uint32(7)
    .tag(1, WireType.LengthDelimited)
    .string(id)
    .join()
    .finish()

test('a frame of a kind that came later is refused by its id', () => {
  const idOf = (bytes: Uint8Array) => {
    const decoded = protoCodec.decode(Buffer.from(bytes), true)
    assert.ok(isBadFrame(decoded))
    return decoded.id
  }
  assert.equal(idOf(laterKind('d-1')), 'd-1')
  assert.equal(idOf(laterKind('d 1')), undefined)
  assert.equal(
    idOf(new BinaryWriter().tag(99, WireType.LengthDelimited).string('\u0012').finish()),
    undefined,
  )
  assert.equal(idOf(new BinaryWriter().tag(99, WireType.Varint).uint32(3).finish()), undefined)
})

test('unknown fields of a known frame are ignored', () => {
  const later = new BinaryWriter().tag(77, WireType.LengthDelimited).string('later').finish()
  const bytes = Buffer.concat([encode({ case: 'cancel', value: { id: 'q-1' } }), later])
  assert.deepEqual(protoCodec.decode(bytes, true), { kind: 'cancel', id: 'q-1' })
})

test('the payload shares its memory with the frame, and its type is octet-stream unless said', () => {
  const frame = encode({ case: 'publish', value: { payload: Buffer.from('abc') } })
  const decoded = protoCodec.decode(frame, true)
  assert.ok('payload' in decoded)
  assert.equal(decoded.payload.bytes.buffer, frame.buffer)
  assert.ok(Buffer.isBuffer(decoded.payload.bytes))
  assert.deepEqual(decoded.payload, {
    bytes: Buffer.from('abc'),
    contentType: 'application/octet-stream',
  })
})

test('decoding never throws, whatever the bytes', () => {
  const goldens = readGolden('client').map(({ hex }) => Buffer.from(hex, 'hex'))
  fc.assert(
    fc.property(fc.oneof(anyBytes, mutated(goldens)), fc.boolean(), (bytes, binary) => {
      const decoded = protoCodec.decode(bytes, binary)
      assert.ok(isBadFrame(decoded) || typeof decoded.kind === 'string')
    }),
    { numRuns: 5000 },
  )
})

test('what is encoded is read back the same, and odd texts, times and counts do not throw', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  fc.assert(
    fc.property(text, anyBytes, fc.double(), (any, payload, number) => {
      const frame = {
        kind: 'message',
        position: any,
        sender: any,
        headers: { 'x-a': any },
        time: number,
        payload: { bytes: payload, contentType: any },
      } as const
      const { bytes, binary } = protoCodec.encode(frame)
      const { kind } = fromBinary(ServerFrameSchema, bytes)
      assert.ok(binary && kind.case === 'message')
      assert.deepEqual(
        [kind.value.position, kind.value.headers['x-a'], Buffer.from(kind.value.payload)],
        [any.toWellFormed(), any.toWellFormed(), payload],
      )
      protoCodec.encode({ kind: 'goaway', reason: any, reconnectAfterMs: number })
    }),
    { numRuns: 1000 },
  )
})
