// Payloads in MessagePack and in JSON: what they say is the same, or they stay the bytes they are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Packr, unpack } from 'msgpackr'
import { isBadFrame } from '../../../gateway/protocol/frames.ts'
import { msgpackCodec } from '../../../gateway/protocol/msgpack.ts'

const packr = new Packr({ useRecords: false, variableMapSize: true })
const decode = (value: unknown) => msgpackCodec.decode(Buffer.from(packr.pack(value)), true)

test('whole numbers of 64 bits keep their value, both ways', () => {
  for (const number of [
    '9007199254740993',
    '18446744073709551615',
    '-9223372036854775808',
    '4294967296',
    '-1',
    '255',
  ]) {
    const value = BigInt(number)
    const decoded = decode({ publish: { payload: { n: value } } })
    assert.equal('payload' in decoded && String(decoded.payload.bytes), `{"n":${number}}`)
    const payload = { bytes: Buffer.from(`{"n":${number}}`), contentType: 'application/json' }
    const encoded = msgpackCodec.encode({ kind: 'message', position: 'p', time: 0, payload })
    const again = new Packr({ useRecords: false, int64AsType: 'bigint' }).unpack(encoded.bytes) as {
      message: { payload: { n: number | bigint } }
    }
    assert.equal(BigInt(again.message.payload.n), value)
    assert.equal(
      typeof again.message.payload.n === 'bigint' || Number.isSafeInteger(again.message.payload.n),
      true,
    )
  }
})

test('JSON that MessagePack cannot say the same goes as the bytes it is', () => {
  for (const text of [
    '1e400',
    '18446744073709551616',
    '"\\ud800"',
    '[-9223372036854775809]',
    `${'['.repeat(200)}${']'.repeat(200)}`,
  ]) {
    const payload = { bytes: Buffer.from(text), contentType: 'application/json' }
    const { bytes } = msgpackCodec.encode({ kind: 'message', position: 'p', time: 0, payload })
    const read = unpack(bytes) as { message: { payload: Buffer; contentType: string } }
    assert.deepEqual(
      [Buffer.from(read.message.payload).toString(), read.message.contentType],
      [text, 'application/json'],
    )
  }
})

test('names of every object are names like any other', () => {
  const text = '{"__proto__":{"a":1},"constructor":2,"toJSON":3,"hasOwnProperty":4}'
  const payload = { bytes: Buffer.from(text), contentType: 'application/json' }
  const { bytes } = msgpackCodec.encode({ kind: 'message', position: 'p', time: 0, payload })
  // What is written is also what is read here, so that nothing of another implementation comes between.
  const decoded = msgpackCodec.decode(
    Buffer.concat([
      Buffer.from([0x81, 0xa7]),
      Buffer.from('publish'),
      Buffer.from([0x81, 0xa7]),
      Buffer.from('payload'),
      bytes.subarray(bytes.indexOf(Buffer.from('payload')) + 7),
    ]),
    true,
  )
  assert.equal('payload' in decoded && String(decoded.payload.bytes), text)
  assert.equal(Object.hasOwn(Object.prototype, 'a'), false)
})

test('payloads that JSON cannot say are refused, and so is a payload beside data', () => {
  const messageOf = (fields: object) => {
    const decoded = decode({ publish: fields })
    return isBadFrame(decoded) ? decoded.message : 'taken'
  }
  assert.match(messageOf({ payload: [Number.NaN] }), /NaN/)
  assert.match(messageOf({ payload: new Map([[1, 2]]) }), /a key that is no text/)
  assert.match(messageOf({ payload: new Date() }), /extension/)
  assert.match(messageOf({ payload: 1, data: Buffer.from('x') }), /not both/)
  assert.match(messageOf({ data: 'eA==' }), /expected bin/)
  assert.match(messageOf({}), /is required/)
  assert.match(messageOf({ payload: {}, contentType: 'text/plain' }), /a JSON media type/)
  assert.match(messageOf({ payload: Buffer.from('hi'), contentType: 'text/plain' }), /taken/)
})

test('bytes within a payload are base64, as ProtoJSON writes them', () => {
  const decoded = decode({ publish: { payload: { photo: Buffer.from([1, 2, 255]) } } })
  assert.equal('payload' in decoded && String(decoded.payload.bytes), '{"photo":"AQL/"}')
})

test('any JSON comes back the same, by another implementation', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value)
      const payload = { bytes: Buffer.from(text), contentType: 'application/json' }
      const { bytes } = msgpackCodec.encode({ kind: 'message', position: 'p', time: 0, payload })
      const wrapped = msgpackCodec.decode(
        Buffer.concat([
          Buffer.from([0x81, 0xa7]),
          Buffer.from('publish'),
          Buffer.from([0x81, 0xa7]),
          Buffer.from('payload'),
          bytes.subarray(bytes.lastIndexOf(Buffer.from('\xa7payload', 'latin1')) + 8),
        ]),
        true,
      )
      assert.ok('payload' in wrapped, JSON.stringify(wrapped))
      if (wrapped.payload.native)
        assert.deepEqual(JSON.parse(String(wrapped.payload.bytes)), JSON.parse(text))
    }),
    { numRuns: 1000 },
  )
})
