// Measures what the codecs cost: microseconds per frame, decoded and encoded, for payloads of 128 B and 1 KiB.
import { create, toBinary } from '@bufbuild/protobuf'
import { ClientFrameSchema } from '#schemas/frames_pb.ts'
import type { ServerFrame } from '../gateway/protocol/frames.ts'
import { jsonCodec } from '../gateway/protocol/json.ts'
import { protoCodec } from '../gateway/protocol/proto.ts'
import { jsonPayload, perCall } from './per-call.ts'

const print = (name: string, call: () => unknown) =>
  console.log(`${name.padEnd(34)} ${perCall(call).toFixed(2).padStart(8)} µs`)

const ack: ServerFrame = { kind: 'ack', id: 'm-1', topic: 'chat.in', partition: 3, offset: 1_234_567 }

for (const size of [128, 1024]) {
  const payload = Buffer.from(jsonPayload(size))
  const contentType = 'application/json'
  const json = Buffer.from(
    `{"publish":{"id":"m-1","route":"chat","type":"msg","payload":${payload.toString()}}}`,
  )
  const fields = { id: 'm-1', route: 'chat', type: 'msg', payload, contentType }
  const proto = Buffer.from(
    toBinary(ClientFrameSchema, create(ClientFrameSchema, { kind: { case: 'publish', value: fields } })),
  )
  const message: ServerFrame = {
    kind: 'message',
    position: '7.182736.9f3c',
    type: 'msg',
    headers: { 'x-source': 'chat' },
    time: Date.now(),
    payload: { bytes: payload, contentType },
  }
  console.log(`payload of ${payload.length} B`)
  print('  json   decode publish', () => jsonCodec.decode(json, false))
  print('  json   encode message', () => jsonCodec.encode(message))
  print('  proto  decode publish', () => protoCodec.decode(proto, true))
  print('  proto  encode message', () => protoCodec.encode(message))
  print('  (floor: JSON.parse of the frame)', () => JSON.parse(json.toString()))
}
console.log('no payload')
print('  json   encode ack', () => jsonCodec.encode(ack))
print('  proto  encode ack', () => protoCodec.encode(ack))
