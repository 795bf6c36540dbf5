// Both codecs against the gateway's own: what one side writes the other reads, and what is broken is a BadFrame.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadFrame, type ClientFrame, type Codec } from '../../../client/wire/frames.ts'
import { jsonCodec } from '../../../client/wire/json.ts'
import { protoCodec } from '../../../client/wire/proto.ts'
import type { ServerFrame } from '../../../gateway/protocol/frames.ts'
import { jsonCodec as gatewayJson } from '../../../gateway/protocol/json.ts'
import { protoCodec as gatewayProto } from '../../../gateway/protocol/proto.ts'

const pairs = [
  { ours: jsonCodec(JSON), theirs: gatewayJson },
  { ours: protoCodec(JSON), theirs: gatewayProto },
]

const sending = { id: 'a', route: 'r', key: 'k', type: 't', sequence: 7, headers: { 'x-a': 'b' } }

/** What the gateway understands of a frame. */
const sent = ({ ours, theirs }: (typeof pairs)[number], frame: ClientFrame) => {
  const data = ours.encode(frame)
  return theirs.decode(Buffer.from(data as string), typeof data !== 'string') as Record<string, unknown>
}

const received = ({ ours, theirs }: (typeof pairs)[number], frame: ServerFrame) => {
  const { bytes, binary } = theirs.encode(frame)
  return ours.decode(binary ? Uint8Array.from(bytes).buffer : bytes.toString()) as Record<string, unknown>
}

for (const pair of pairs) {
  const { subprotocol } = pair.ours

  test(`${subprotocol}: what a client sends is what the gateway reads`, () => {
    const content = (payload: unknown, more: object = {}) => {
      const got = sent(pair, { kind: 'publish', ...sending, payload, ...more })
      const { bytes, contentType } = got['payload'] as { bytes: Buffer; contentType: string }
      return [bytes.toString('latin1'), contentType]
    }
    assert.deepEqual(content({ n: 1 }), ['{"n":1}', 'application/json'])
    assert.deepEqual(content(null), ['null', 'application/json'])
    assert.deepEqual(content(new Uint8Array([0, 255])), ['\0\xff', 'application/octet-stream'])
    assert.deepEqual(content('hi', { contentType: 'text/plain' }), ['hi', 'text/plain'])
    assert.deepEqual(content('hi', { contentType: 'application/x+json' }), ['"hi"', 'application/x+json'])
    const { kind, id, route, key, type, headers, sequence } = sent(pair, {
      kind: 'publish',
      ...sending,
      payload: 1,
    })
    assert.deepEqual([kind, id, route, key, type, sequence], ['publish', 'a', 'r', 'k', 't', 7n])
    assert.deepEqual({ ...(headers as object) }, { 'x-a': 'b' })
    const request = sent(pair, { kind: 'request', ...sending, payload: 1, timeoutMs: 5 })
    assert.equal(request['timeoutMs'], 5)
    const client = { name: 'n', version: 'v', instance: 'i' }
    const resume = { token: 't', attempt: 3, position: 'p' }
    const hello = sent(pair, { kind: 'hello', token: 'secret', client, confirms: true, resume })
    assert.deepEqual([hello['kind'], hello['token'], hello['confirms']], ['hello', 'secret', true])
    assert.equal((hello['resume'] as { attempt: number }).attempt, 3)
    const subscribe = sent(pair, { kind: 'subscribe', id: 's', channel: 'c', since: 'p', members: true })
    assert.deepEqual([subscribe['channel'], subscribe['since'], subscribe['members']], ['c', 'p', true])
  })

  test(`${subprotocol}: what the gateway sends is what a client reads`, () => {
    const time = Date.parse('2026-03-01T12:00:00.250Z')
    const message = (contentType: string, bytes: Buffer) =>
      received(pair, {
        kind: 'message',
        position: 'p',
        time,
        payload: { bytes, contentType },
        channel: 'c',
        headers: { 'x-a': 'b' },
      })
    const json = message('application/json', Buffer.from('{"a":[1,"ü"]}'))
    assert.deepEqual([json['payload'], json['channel'], json['position']], [{ a: [1, 'ü'] }, 'c', 'p'])
    assert.equal((json['time'] as Date).getTime(), time)
    assert.deepEqual({ ...(json['headers'] as object) }, { 'x-a': 'b' })
    assert.equal(message('text/plain', Buffer.from('grüß'))['payload'], 'grüß')
    assert.deepEqual(
      new Uint8Array(message('image/png', Buffer.from([1, 2]))['payload'] as Uint8Array),
      new Uint8Array([1, 2]),
    )
    assert.ok(message('application/json', Buffer.from('{broken'))['payload'] instanceof Uint8Array)
    const ack = received(pair, {
      kind: 'ack',
      id: 'a',
      topic: 't',
      partition: 2,
      offset: 41,
    })
    assert.deepEqual(ack, { kind: 'ack', id: 'a', topic: 't', partition: 2, offset: '41' })
    const refusal = received(pair, {
      kind: 'refusal',
      code: 'rate-limited',
      message: 'm',
      retryable: true,
      retryAfterMs: 5,
    })
    assert.deepEqual(
      [refusal['id'], refusal['code'], refusal['retryAfterMs']],
      [undefined, 'rate-limited', 5],
    )
  })
}

const bad = (codec: Codec, data: unknown) => assert.throws(() => codec.decode(data), BadFrame, String(data))

test('what no gateway sends is a BadFrame, and an unknown kind is nothing', () => {
  const json = jsonCodec(JSON)
  for (const text of [
    '',
    'x',
    'null',
    '7',
    '[]',
    '{}',
    '{"ack":{},"pong":{}}',
    '{"message":7}',
    '{"welcome":{}}',
  ])
    bad(json, text)
  bad(json, new ArrayBuffer(1))
  bad(json, '{"message":{"position":"p","contentType":"x","data":"%%%"}}')
  for (const kind of ['telepathy', 'constructor', '__proto__'])
    assert.equal(json.decode(`{"${kind}":{}}`), undefined)
  const proto = protoCodec(JSON)
  bad(proto, 'text')
  bad(proto, new Uint8Array([255, 255]).buffer)
  assert.equal(proto.decode(new Uint8Array([0xfa, 0x07, 0]).buffer), undefined)
})

test('a text that is more than its JSON numbers goes through a codec of one’s own', () => {
  const exact = jsonCodec({
    parse: JSON.parse,
    stringify: (value) => JSON.stringify(value).replace('"big"', '9007199254740993'),
  })
  assert.match(String(exact.encode({ kind: 'publish', payload: 'big' })), /"payload":9007199254740993/)
})
