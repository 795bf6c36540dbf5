// Client frames: every field checked, whatever the encoding.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@bufbuild/protobuf'
import { fromJson, toBinary } from '@bufbuild/protobuf'
import { ClientFrameSchema } from '#schemas/frames_pb.ts'
import { isBadFrame } from '../../../gateway/protocol/frames.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { protoCodec } from '../../../gateway/protocol/proto.ts'

const decode = (frame: JsonObject) => jsonCodec.decode(Buffer.from(JSON.stringify(frame)), false)

/** The same frame through protobuf; its payload must be given as `data`. */
const decodeProto = (frame: JsonObject) =>
  protoCodec.decode(Buffer.from(toBinary(ClientFrameSchema, fromJson(ClientFrameSchema, frame))), true)

const faultOf = (decoded: ReturnType<typeof decode>) => (isBadFrame(decoded) ? decoded.message : undefined)

const data = 'e30='
const publish = (fields: JsonObject): JsonObject => ({ publish: { data, ...fields } })
const manyHeaders = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`x-${n}`, '']))

/** Wrong values of the right types: refused alike in both encodings. The fault names the field. */
const wrongValues: readonly (readonly [field: string, frame: JsonObject])[] = [
  ['publish.id', publish({ id: '' })],
  ['publish.id', publish({ id: 'a b' })],
  ['publish.id', publish({ id: 'x'.repeat(65) })],
  ['publish.route', publish({ route: '' })],
  ['publish.route', publish({ route: 'r'.repeat(65) })],
  ['publish.route', publish({ route: 'a\u0000' })],
  ['publish.channel', publish({ channel: 'c'.repeat(257) })],
  ['publish.channel', publish({ channel: 'a\u2028b' })],
  ['publish.channel', publish({ channel: 'a', route: 'b' })],
  ['publish.type', publish({ type: 't'.repeat(129) })],
  ['publish.type', publish({ type: 'tab\t' })],
  ['publish.key', publish({ key: '' })],
  ['publish.key', publish({ key: 'ä'.repeat(257) })],
  ['publish.key', publish({ key: 'k'.repeat(513) })],
  ['publish.trace', publish({ trace: 'x' })],
  ['publish.trace', publish({ trace: `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01` })],
  ['publish.trace', publish({ trace: `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01` })],
  ['publish.trace', publish({ trace: `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01` })],
  ['publish.contentType', publish({ contentType: '' })],
  ['publish.contentType', publish({ contentType: 'json' })],
  ['publish.contentType', publish({ contentType: 'text/plain\r\nx: y' })],
  ['publish.contentType', publish({ contentType: 'application/cloudevents+json' })],
  ['publish.contentType', publish({ contentType: 'Application/CloudEvents-batch+json; a=b' })],
  ['publish.headers', publish({ headers: { ce_id: '1' } })],
  ['publish.headers', publish({ headers: { 'x-': '1' } })],
  ['publish.headers', publish({ headers: { 'x-a_b': '1' } })],
  ['publish.headers', publish({ headers: { [`x-${'a'.repeat(63)}`]: '1' } })],
  ['publish.headers', publish({ headers: { 'x-a': '1', 'X-A': '2' } })],
  ['publish.headers', publish({ headers: manyHeaders })],
  ['publish.headers.x-a', publish({ headers: { 'x-a': 'a\nb' } })],
  ['publish.headers.x-a', publish({ headers: { 'x-a': 'ä'.repeat(513) } })],
  ['request.id', { request: { data } }],
  ['request.timeoutMs', { request: { id: 'q', data, timeoutMs: 0 } }],
  ['request.timeoutMs', { request: { id: 'q', data, timeoutMs: 3_600_001 } }],
  ['cancel.id', { cancel: {} }],
  ['subscribe.channel', { subscribe: { id: 's' } }],
  ['subscribe.last', { subscribe: { id: 's', channel: 'c', last: 0 } }],
  ['subscribe.last', { subscribe: { id: 's', channel: 'c', last: 1, since: 'p' } }],
  ['subscribe.since', { subscribe: { id: 's', channel: 'c', since: 'a b' } }],
  ['unsubscribe.channel', { unsubscribe: { id: 's', channel: '' } }],
  ['members.channel', { members: { id: 's', channel: '\u007f' } }],
  ['confirm.position', { confirm: {} }],
  ['confirm.position', { confirm: { position: 'p'.repeat(129) } }],
  ['authenticate.token', { authenticate: { id: 'a' } }],
  ['authenticate.token', { authenticate: { id: 'a', token: 'a\nb' } }],
  ['hello.token', { hello: { token: '' } }],
  ['hello.token', { hello: { token: 't'.repeat(16_385) } }],
  ['hello.client.name', { hello: { client: { name: 'n'.repeat(65) } } }],
  ['hello.client.instance', { hello: { client: { instance: '\u0007' } } }],
  ['hello.resume.token', { hello: { resume: { attempt: 1 } } }],
  ['hello.resume.position', { hello: { resume: { token: 't', attempt: 1, position: '' } } }],
  ['hello.resume.channels', { hello: { resume: { token: 't', attempt: 1, channels: { c: '' } } } }],
]

for (const [field, frame] of wrongValues) {
  test(`a wrong ${field} is refused by name in both encodings: ${JSON.stringify(frame).slice(0, 70)}`, () => {
    const fault = faultOf(decode(frame))
    assert.match(fault ?? 'none', new RegExp(`^${field.replaceAll('.', '\\.')}: `))
    // Protobuf has no absence for a required string: it is empty there, and then the rule for its value speaks.
    assert.match(faultOf(decodeProto(frame)) ?? 'none', new RegExp(`^${field.replaceAll('.', '\\.')}: `))
  })
}

const wrongTypes: readonly (readonly [fault: string, frame: JsonObject])[] = [
  ['publish.id: expected 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -', publish({ id: 7 })],
  ['publish.route: expected 1 to 64 printable characters', publish({ route: ['chat'] })],
  ['publish.route: expected 1 to 64 printable characters', publish({ route: '\ud800' })],
  ['publish.sequence: expected decimal digits up to 18446744073709551615', publish({ sequence: -1 })],
  ['publish.sequence: expected decimal digits up to 18446744073709551615', publish({ sequence: 2 ** 53 })],
  ['publish.sequence: expected decimal digits up to 18446744073709551615', publish({ sequence: '0x10' })],
  ['publish.sequence: expected decimal digits up to 18446744073709551615', publish({ sequence: '' })],
  [
    'publish.sequence: expected decimal digits up to 18446744073709551615',
    publish({ sequence: '18446744073709551616' }),
  ],
  ['publish.headers: expected an object of strings', publish({ headers: ['x-a'] })],
  [
    'publish.headers.x-a: expected a string of at most 1024 bytes, printable',
    publish({ headers: { 'x-a': 1 } }),
  ],
  ['publish.data: expected base64', publish({ data: 'a' })],
  ['publish.data: expected base64', publish({ data: 'a*==' })],
  ['publish.data: expected base64', publish({ data: '\u0141\u0141\u0141\u0141' })],
  ['publish.data: expected base64', publish({ data: [1] })],
  ['publish.data: expected payload or data, not both', publish({ payload: 1 })],
  ['publish.data: expected payload or data, not both', publish({ payload: null })],
  ['publish.payload: is required (or data)', { publish: { data: null } }],
  ['request.id: is required', { request: { payload: 1 } }],
  ['request.payload: is required (or data)', { request: { id: 'q' } }],
  [
    'request.timeoutMs: expected an integer from 1 to 3600000',
    { request: { id: 'q', data, timeoutMs: '5' } },
  ],
  [
    'request.timeoutMs: expected an integer from 1 to 3600000',
    { request: { id: 'q', data, timeoutMs: 1.5 } },
  ],
  ['hello.confirms: expected true or false', { hello: { confirms: 'yes' } }],
  ['hello.client: expected an object', { hello: { client: 'web' } }],
  ['hello.resume: expected an object', { hello: { resume: [] } }],
  ['hello.resume.attempt: is required', { hello: { resume: { token: 't' } } }],
  [
    'hello.resume.channels: is required',
    { hello: { resume: { token: 't', attempt: 0, channels: { c: null } } } },
  ],
]

for (const [fault, frame] of wrongTypes) {
  test(`${fault}, given ${JSON.stringify(frame).slice(0, 80)}`, () =>
    assert.equal(faultOf(decode(frame)), fault))
}

test('a publish without a payload is refused in protobuf too', () => {
  assert.equal(faultOf(decodeProto({ publish: { id: 'm' } })), 'publish.payload: is required')
})

test('names of headers are lower-cased, and values may be anything printable', () => {
  const decoded = decode(publish({ headers: { 'X-Request-ID': '', 'x-1': ' ä "\\" ' } }))
  assert.deepEqual('headers' in decoded && decoded.headers, { 'x-request-id': '', 'x-1': ' ä "\\" ' })
})

test('a sequence may be a number or digits, and keeps its value', () => {
  const sequenceOf = (sequence: string | number) => {
    const decoded = decode(publish({ sequence }))
    return 'sequence' in decoded ? decoded.sequence : undefined
  }
  assert.equal(sequenceOf(0), 0n)
  assert.equal(sequenceOf('00000000000000000017'), 17n)
  assert.equal(sequenceOf('9007199254740993'), 9_007_199_254_740_993n)
})

test('null and empty maps say the same as leaving a field out', () => {
  const expected = decode({ publish: { data } })
  assert.deepEqual(
    decode(publish({ id: null, route: null, headers: {}, sequence: null, trace: null })),
    expected,
  )
  assert.deepEqual(decode({ hello: { resume: null, confirms: null } }), { kind: 'hello' })
})

test('a refused frame repeats its id if that can be read', () => {
  const withId = publish({ id: 'm-1', route: '' })
  for (const decoded of [decode(withId), decodeProto(withId)]) {
    assert.ok(isBadFrame(decoded))
    assert.deepEqual([decoded.code, decoded.id, decoded.fatal], ['invalid-frame', 'm-1', undefined])
  }
  const unreadable = decode(publish({ id: 'm 1' }))
  assert.equal('id' in unreadable, false)
})
