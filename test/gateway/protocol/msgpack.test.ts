// The MessagePack subprotocol: frames from bytes and back, by the rules of the JSON form, held against another implementation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Packr, unpack } from 'msgpackr'
import { isBadFrame, type ServerFrame } from '../../../gateway/protocol/frames.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { msgpackCodec } from '../../../gateway/protocol/msgpack.ts'
import { payloadSpan } from '../../../gateway/protocol/payload-span.ts'
import { anyBytes, mutated, readGolden } from './generators.ts'
import { clientFrames, serverFrames } from './samples.ts'

const packr = new Packr({ useRecords: false, variableMapSize: true })
const pack = (value: unknown): Buffer => Buffer.from(packr.pack(value))
const decode = (value: unknown) => msgpackCodec.decode(pack(value), true)
const decodeBytes = (...bytes: number[]) => msgpackCodec.decode(Buffer.from(bytes), true)

/** A golden frame of JSON as MessagePack, as another program would make it: `data` as bin. */
const fromJson = (json: string): Buffer => {
  const frame = JSON.parse(json, (_name, value: unknown, { source }: { source?: string } = {}) => {
    const isLarge = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    return isLarge && source !== undefined ? BigInt(source) : value
  }) as Record<string, Record<string, unknown>>
  for (const fields of Object.values(frame))
    if (typeof fields['data'] === 'string') fields['data'] = Buffer.from(fields['data'], 'base64')
  return pack(frame)
}

for (const [name, golden] of Object.entries(clientFrames)) {
  const { json } = readGolden('client')[Object.keys(clientFrames).indexOf(name)] ?? assert.fail()
  // Another value in MessagePack: there is no 1e400, and of a name given twice only one.
  if (json.includes('1e400')) continue
  test(`client frame, ${name}: read as in JSON`, () => {
    const decoded = msgpackCodec.decode(fromJson(json), true)
    assert.ok(!isBadFrame(decoded))
    if (!('payload' in golden) || !('payload' in decoded)) return assert.deepEqual(decoded, golden)
    const { payload, ...rest } = decoded
    const { payload: expected, ...others } = golden
    assert.deepEqual(rest, others)
    assert.equal(payload.contentType, expected.contentType)
    if (payload.native)
      assert.deepEqual(JSON.parse(String(payload.bytes)), JSON.parse(String(expected.bytes)))
    else assert.deepEqual(payload.bytes, expected.bytes)
  })
}

/** The JSON form of a frame, its payload apart. */
function asJson(frame: ServerFrame): { fields: object; payload: Buffer | undefined; data: unknown } {
  const { bytes } = jsonCodec.encode(frame)
  const [fields] = Object.values(JSON.parse(String(bytes)) as Record<string, Record<string, unknown>>)
  const { payload: _, data, ...rest } = fields ?? {}
  return { fields: rest, payload: data === undefined ? payloadSpan(bytes) : undefined, data }
}

for (const [name, frame] of Object.entries(serverFrames)) {
  test(`server frame, ${name}: what others read is the JSON form`, () => {
    const { bytes, binary } = msgpackCodec.encode(frame)
    assert.equal(binary, true)
    const [[kind, fields] = []] = Object.entries(unpack(bytes) as Record<string, Record<string, unknown>>)
    const { payload, ...rest } = fields ?? {}
    const expected = asJson(frame)
    assert.deepEqual([kind, rest], [frame.kind, expected.fields])
    if (typeof expected.data === 'string')
      assert.equal(Buffer.from(payload as Buffer).toString('base64'), expected.data)
    else if (!String(expected.payload).includes('9007199254740993'))
      assert.deepEqual(payload, expected.payload && JSON.parse(String(expected.payload)))
  })
}

const refused: readonly (readonly [name: string, bytes: readonly number[], message: RegExp])[] = [
  ['nothing', [], /a map whose one key/],
  ['a number', [0x01], /a map whose one key/],
  ['two kinds', [0x82, 0xa1, 0x61, 0x80, 0xa1, 0x62, 0x80], /got 2 keys/],
  ['a kind that is no text', [0x81, 0x01, 0x80], /a key that is no text/],
  ['a frame that is no map', [0x81, 0xa4, ...Buffer.from('ping'), 0x90], /a map as the value/],
  ['more bytes', [0x81, 0xa4, ...Buffer.from('ping'), 0x80, 0x00], /more bytes follow/],
  ['an unknown kind', [0x81, 0xa5, ...Buffer.from('dance'), 0x80], /unknown kind/],
  [
    'a map of four billion',
    [0x81, 0xa4, ...Buffer.from('ping'), 0xdf, 0xff, 0xff, 0xff, 0xff],
    /ends too early/,
  ],
  [
    'a list of four billion',
    [0x81, 0xa4, ...Buffer.from('ping'), 0x81, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff],
    /ends too early/,
  ],
  ['a text that is no UTF-8', [0x81, 0xa4, ...Buffer.from('ping'), 0x81, 0xa1, 0xff, 0xc0], /no UTF-8/],
  [
    'a time as an extension',
    [0x81, 0xa4, ...Buffer.from('ping'), 0x81, 0xa1, 0x61, 0xd6, 0xff, 0, 0, 0, 0],
    /an extension type/,
  ],
  [
    'the byte that is never used',
    [0x81, 0xa4, ...Buffer.from('ping'), 0x81, 0xa1, 0x61, 0xc1],
    /an extension type/,
  ],
]
for (const [name, bytes, message] of refused) {
  test(`refused, and not fatal: ${name}`, () => {
    const decoded = decodeBytes(...bytes)
    assert.ok(isBadFrame(decoded))
    assert.match(decoded.message, message)
    assert.deepEqual([decoded.code, decoded.fatal], ['invalid-frame', undefined])
  })
}

test('a text frame is fatal; an unknown kind is refused with its id', () => {
  const decoded = msgpackCodec.decode(pack({ ping: {} }), false)
  assert.ok(isBadFrame(decoded))
  assert.deepEqual([decoded.code, decoded.fatal], ['invalid-frame', true])
  assert.equal((decode({ dance: { id: 'd-1' } }) as { id?: string }).id, 'd-1')
})

test('decoding never throws, whatever the bytes', () => {
  const frames = readGolden('client').map(({ json }) => fromJson(json.replaceAll('1e400', '1')))
  fc.assert(
    fc.property(fc.oneof(anyBytes, mutated(frames)), fc.boolean(), (bytes, binary) => {
      const decoded = msgpackCodec.decode(bytes, binary)
      assert.ok(isBadFrame(decoded) || Object.values(clientFrames).some(({ kind }) => kind === decoded.kind))
    }),
    { numRuns: 5000 },
  )
})
