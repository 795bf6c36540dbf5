// The JSON subprotocol: frames from text and back, payloads untouched.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Message } from '../../../gateway/protocol/frames.ts'
import { isBadFrame } from '../../../gateway/protocol/frames.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { payloadSpan } from '../../../gateway/protocol/payload-span.ts'
import { anyBytes, mutated, readGolden } from './generators.ts'
import { clientFrames } from './samples.ts'

const decode = (text: string | Buffer, binary = false) => jsonCodec.decode(Buffer.from(text), binary)

const notFrames: readonly (readonly [text: string | Buffer, message: RegExp])[] = [
  ['', /^expected JSON/],
  ['{', /^expected JSON/],
  ['{"ping":{}} x', /^expected JSON/],
  ['\ufeff{"ping":{}}', /^expected JSON/],
  [Buffer.from('7b22ff22', 'hex'), /^expected UTF-8/],
  ['null', /^expected an object/],
  ['[{"ping":{}}]', /^expected an object/],
  ['"ping"', /^expected an object/],
  ['{}', /got 0 keys/],
  ['{"ping":{},"publish":{}}', /got 2 keys/],
  ['{"ping":null}', /as the value of the frame/],
  ['{"ping":[]}', /as the value of the frame/],
  ['{"ping":1}', /as the value of the frame/],
  ['{"dance":{}}', /^unknown kind/],
  ['{"Ping":{}}', /^unknown kind/],
  ['{"__proto__":{}}', /^unknown kind/],
  ['{"constructor":{}}', /^unknown kind/],
  ['{"welcome":{}}', /^unknown kind/],
]

for (const [text, message] of notFrames) {
  test(`not a frame: ${JSON.stringify(text.toString())}`, () => {
    const decoded = decode(text)
    assert.ok(isBadFrame(decoded))
    assert.match(decoded.message, message)
    assert.deepEqual([decoded.code, decoded.fatal], ['invalid-frame', undefined])
  })
}

test('an unknown kind is refused with its id', () => {
  assert.equal((decode('{"dance":{"id":"d-1"}}') as { id?: string }).id, 'd-1')
  assert.equal('id' in decode('{"dance":{"id":"d 1"}}'), false)
})

test('a binary frame is fatal', () => {
  const decoded = decode('{"ping":{}}', true)
  assert.ok(isBadFrame(decoded))
  assert.deepEqual([decoded.code, decoded.fatal], ['invalid-frame', true])
})

test('unknown fields are ignored, whatever they are called', () => {
  const text = '{"publish":{"payload":1,"later":{"payload":2},"__proto__":{"route":"x"},"constructor":3}}'
  assert.deepEqual(decode(text), {
    kind: 'publish',
    payload: { bytes: Buffer.from('1'), contentType: 'application/json' },
  })
})

test('a channel called __proto__ is only a name', () => {
  const decoded = decode('{"hello":{"resume":{"token":"t","attempt":1,"channels":{"__proto__":"p"}}}}')
  const channels = decoded && 'resume' in decoded ? decoded.resume?.channels : undefined
  assert.deepEqual(Object.entries(channels ?? {}), [['__proto__', 'p']])
})

test('deep nesting is data like any other', () => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  const decoded = decode(`{"publish":{"payload":${deep}}}`)
  assert.equal('payload' in decoded && decoded.payload.bytes.toString(), deep)
})

test('data is read in both alphabets of base64, padded or not', () => {
  const bytes = Buffer.from([0xfb, 0xff, 0xfe, 0x01])
  for (const data of ['+//+AQ==', '-__-AQ==', '-__-AQ', '+//+AQ']) {
    const decoded = decode(`{"publish":{"data":"${data}"}}`)
    assert.deepEqual('payload' in decoded && decoded.payload.bytes, bytes, data)
  }
})

test('payload takes JSON media types and no others', () => {
  const contentTypeOf = (given: string) => {
    const decoded = decode(`{"publish":{"payload":{},"contentType":"${given}"}}`)
    return 'payload' in decoded ? decoded.payload.contentType : undefined
  }
  for (const given of ['application/json; charset=utf-8', 'application/geo+json', 'Application/JSON']) {
    assert.equal(contentTypeOf(given), given)
  }
  assert.equal(contentTypeOf('text/plain'), undefined)
})

/** JSON texts that a rewrite through JavaScript values would change. */
const fragile = [
  '9007199254740993',
  '1e400',
  '-0.0',
  '1.0E+2',
  '{"b":1,"a":2,"10":3,"9":4}',
  '{"a":1,"a":{"b":2},"a":3}',
  '{ "a" :\r\n [ 1 ,\t2 ] }',
  '"\\u0041\\/\\ud83d\\ude00 \u00e4 \u{1f600} \\ud800 \u007f"',
  '{"payload":"\\"payload\\":","x":{"payload":[{"payload":null}]}}',
  '{"__proto__":{"x":1},"constructor":2}',
  'null',
  '""',
]

for (const text of fragile) {
  test(`a payload goes through byte for byte, both ways: ${JSON.stringify(text)}`, () => {
    const decoded = decode(`{"publish":{"id":"m", "payload":${text} ,"type":"t"}}`)
    assert.equal('payload' in decoded && decoded.payload.bytes.toString(), text)
    const payload = { bytes: Buffer.from(text), contentType: 'application/json' }
    const { bytes } = jsonCodec.encode({ kind: 'message', position: 'p', time: 0, payload })
    assert.equal(payloadSpan(bytes)?.toString(), text)
  })
}

test('decoding never throws, whatever the bytes', () => {
  const goldens = readGolden('client').map(({ json }) => Buffer.from(json))
  fc.assert(
    fc.property(fc.oneof(anyBytes, mutated(goldens)), fc.boolean(), (bytes, binary) => {
      const decoded = jsonCodec.decode(bytes, binary)
      assert.ok(isBadFrame(decoded) || Object.values(clientFrames).some(({ kind }) => kind === decoded.kind))
    }),
    { numRuns: 5000 },
  )
})

const anyText = fc.string({ unit: 'binary', maxLength: 20 })
const anyMessage: fc.Arbitrary<Message> = fc.record(
  {
    position: anyText,
    channel: anyText,
    id: anyText,
    type: anyText,
    sender: anyText,
    headers: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,5}$/), anyText, {
      maxKeys: 3,
      minKeys: 1,
      noNullPrototype: true,
    }),
    time: fc.integer({ min: 0, max: 4e12 }),
    trace: anyText,
    payload: fc.record({
      bytes: fc.oneof(
        fc.json().map((text) => Buffer.from(text)),
        anyBytes,
      ),
      contentType: fc.constantFrom('application/json', 'text/plain', 'application/octet-stream', 'a/b+json'),
    }),
  },
  { requiredKeys: ['position', 'time', 'payload'] },
)

test('what is encoded parses back to the same frame, whatever the texts and the payload', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const { bytes, binary } = jsonCodec.encode({ kind: 'message', ...message })
      assert.equal(binary, false)
      const { message: parsed } = JSON.parse(bytes.toString()) as { message: Record<string, unknown> }
      const { data, payload: _, contentType, time, ...rest } = parsed
      const { payload, time: sent, ...expected } = message
      assert.deepEqual(rest, expected)
      assert.deepEqual([contentType, time], [payload.contentType, new Date(sent).toISOString()])
      const received = typeof data === 'string' ? Buffer.from(data, 'base64') : payloadSpan(bytes)
      assert.deepEqual(received, payload.bytes)
    }),
    { numRuns: 1000 },
  )
})
