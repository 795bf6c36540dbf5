// Our reader of records against kafkajs's own: the same records, whatever is in them.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bytes } from '../../../gateway/broker/bytes.ts'
import { type BatchContext, readRecord } from '../../../gateway/broker/record-decoder.ts'

const load = createRequire(import.meta.url)
const theirs = load('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: object,
  context: object,
) => Record<string, unknown>
const Decoder = load('kafkajs/src/protocol/decoder') as new (
  bytes: Buffer,
) => { buffer: Buffer; offset: number }

type Given = {
  readonly timestampDelta: number
  readonly offsetDelta: number
  readonly key: string | null
  readonly value: Buffer
  readonly headers: readonly (readonly [string, Buffer | null])[]
}

const encode = ({ timestampDelta, offsetDelta, key, value, headers }: Given): Buffer => {
  const out = new Bytes(1 << 16)
  out.bytes[out.length++] = 0
  out.varint(timestampDelta)
  out.varint(offsetDelta)
  if (key === null) out.none()
  else out.string(key)
  out.blob(value)
  out.varint(headers.length)
  for (const [name, bytes] of headers) {
    out.string(name)
    if (bytes === null) out.none()
    else out.blob(bytes)
  }
  return Buffer.from(out.written)
}

const context: BatchContext = {
  firstOffset: '9007199254',
  firstTimestamp: '1772366400250',
  maxTimestamp: '1772366409999',
  magicByte: 2,
  timestampType: 0,
  isControlBatch: false,
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
// Names that every object inherits are the one thing that kafkajs reads wrongly.
const name = fc
  .oneof(fc.constantFrom('ce_id', 'ce_type', 'x-a', 'größe', '名前'), fc.string({ maxLength: 100 }))
  .filter((text) => !(text in {}))
const record: fc.Arbitrary<Given> = fc.record({
  timestampDelta: fc.nat(2 ** 29),
  offsetDelta: fc.nat(100_000),
  key: fc.option(fc.string({ maxLength: 50 })),
  value: bytes,
  headers: fc.array(fc.tuple<[string, Buffer | null]>(name, fc.option(bytes)), { maxLength: 20 }),
})

test('a record is read as kafkajs reads it', () => {
  fc.assert(
    fc.property(record, fc.constantFrom(0, 1), (given, timestampType) => {
      const around = { ...context, timestampType }
      const encoded = encode(given)
      assert.deepEqual(
        { ...readRecord(new Decoder(encoded), around) },
        { ...theirs(new Decoder(encoded), around) },
      )
    }),
  )
})

test('a header named as something that every object has is a header like any other', () => {
  const headers = [
    ['constructor', Buffer.from('a')],
    ['__proto__', Buffer.from('b')],
    ['toString', Buffer.from('c')],
  ] as const
  const plain = { timestampDelta: 0, offsetDelta: 0, key: null, value: Buffer.alloc(0) }
  const read = readRecord(new Decoder(encode({ ...plain, headers })), context)
  assert.deepEqual(Object.keys(read.headers), ['constructor', 'toString'])
  assert.equal(Object.getPrototypeOf(read.headers), Object.prototype)
})

test('a record that is cut off anywhere is refused and never read beyond its end', () => {
  const given = { timestampDelta: 5, offsetDelta: 1, key: 'k', value: Buffer.from('value') }
  const whole = encode({ ...given, headers: [['ce_id', Buffer.from('1')]] })
  for (let length = 1; length < whole.length; length++) {
    assert.throws(() => readRecord(new Decoder(whole.subarray(0, length)), context), RangeError)
  }
})
