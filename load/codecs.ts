// Measures what the codecs cost: microseconds per frame, decoded and encoded, for payloads of 128 B and 1 KiB.
import { create, toBinary } from '@bufbuild/protobuf'
import { ClientFrameSchema } from '#schemas/frames_pb.ts'
import type { ServerFrame } from '../gateway/protocol/frames.ts'
import { jsonCodec } from '../gateway/protocol/json.ts'
import { protoCodec } from '../gateway/protocol/proto.ts'

const rounds = 7
const msPerRound = 120

/** A JSON object of about `size` bytes, with the mix of strings, numbers and nesting that messages have. */
const jsonPayload = (size: number): string => {
  const lines: unknown[] = []
  let text = ''
  for (let n = 0; (text = JSON.stringify({ room: 'r1', lines })).length < size - 40; n++) {
    lines.push({ n, word: `word ${n}`, price: n * 1.25, ok: true })
  }
  return text
}

/** Best of several rounds, in microseconds per call: the least disturbed by what else this machine does. */
const measure = (call: () => unknown): number => {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const started = process.hrtime.bigint()
    const until = started + BigInt(msPerRound) * 1_000_000n
    let calls = 0
    let now = started
    while (now < until) {
      for (let n = 0; n < 200; n++) call()
      calls += 200
      now = process.hrtime.bigint()
    }
    best = Math.min(best, Number(now - started) / calls / 1000)
  }
  return best
}

const print = (name: string, call: () => unknown) =>
  console.log(`${name.padEnd(34)} ${measure(call).toFixed(2).padStart(8)} µs`)

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
