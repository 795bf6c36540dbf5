// The rules of ProtoJSON as they hold for messages that only a descriptor describes: what is read, what is refused, what is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { isInvalid } from '../../../gateway/payloads/invalid.ts'
import { kinds } from './kinds.ts'

const type = kinds()

/** JSON through protobuf and back: what a client is shown of what another sent. */
function through(json: string, unknown: 'reject' | 'drop' = 'reject'): string {
  const read = type.readJson(Buffer.from(json), unknown)
  if (isInvalid(read)) return read.violations.map(({ field, rule }) => `${field} ${rule}`).join()
  const stored = type.readBinary(type.toBinary(read.message, false), unknown)
  assert.ok(!isInvalid(stored))
  return type.toJson(stored.message).toString()
}

/** Read, and what it is shown as. */
const taken: readonly (readonly [json: string, shown?: string])[] = [
  ['{}'],
  ['{"i32":-2147483648,"u32":4294967295}'],
  ['{"i32":"7","i64":9,"u64":1e3}', '{"i32":7,"i64":"9","u64":"1000"}'],
  ['{"i32":1.0}', '{"i32":1}'],
  ['{"i64":"9223372036854775807","u64":"18446744073709551615","s64":"-9223372036854775808","f64":"1"}'],
  [
    '{"i64":9007199254740993,"list":[-9007199254740995]}',
    '{"i64":"9007199254740993","list":["-9007199254740995"]}',
  ],
  ['{"d":9007199254740993,"boxed":9007199254740993}', '{"d":9007199254740992,"boxed":"9007199254740993"}'],
  ['{"f":1.5,"d":-0.1}'],
  ['{"f":"NaN","d":"-Infinity"}'],
  ['{"d":"1.5e3"}', '{"d":1500}'],
  ['{"b":true,"s":"\\u00fc\\ud83d\\ude00"}', '{"b":true,"s":"ü😀"}'],
  ['{"raw":"-_8"}', '{"raw":"+/8="}'],
  ['{"colour":"COLOUR_RED"}'],
  ['{"colour":-2}', '{"colour":"COLOUR_BLUE"}'],
  ['{"colour":99}'],
  ['{"maybe":0}'],
  ['{"i32":0,"s":"","list":[],"byName":{}}', '{}'],
  ['{"s":null,"list":null,"choice":null}', ' choice'],
  ['{"s":null,"list":null,"text":null}', '{}'],
  ['{"list":[1,"2"]}', '{"list":["1","2"]}'],
  ['{"inners":[{},{"name":"a"}]}'],
  ['{"byName":{"__proto__":{"name":"x"}},"byNumber":{"-1":"a"},"byTruth":{"true":"COLOUR_RED"}}'],
  ['{"text":""}'],
  ['{"number":"5"}'],
  ['{"nothing":null}'],
  ['{"time":"2026-03-01T12:00:00.250Z"}'],
  ['{"time":"2026-03-01T13:00:00+01:00"}', '{"time":"2026-03-01T12:00:00Z"}'],
  ['{"time":"0001-01-01T00:00:00Z","lasts":"-3.000000001s"}'],
  ['{"lasts":"1.5s"}', '{"lasts":"1.500s"}'],
  ['{"mask":"a.bC,d"}'],
  ['{"struct":{"a":[1,null,{"b":"c"}]},"value":null,"values":[true]}'],
  ['{"boxed":"0","flag":false}'],
  ['{"any":{"name":"x","@type":"type.googleapis.com/kinds.v1.Inner"}}'],
  ['{"any":{"value":"2s","@type":"type.googleapis.com/google.protobuf.Duration"}}'],
  [
    '{"any":{"@type":"type.googleapis.com/kinds.v1.Kinds","i64":9007199254740993}}',
    '{"any":{"i64":"9007199254740993","@type":"type.googleapis.com/kinds.v1.Kinds"}}',
  ],
  ['{"snake_case_name":"a","otherName":"b"}', '{"snakeCaseName":"a","otherName":"b"}'],
  ['{"renamed":"b"}', '{"otherName":"b"}'],
]
for (const [json, shown = json] of taken) {
  test(`${json} is shown as ${shown}`, () => {
    if (shown === ' choice') assert.equal(through(json), 'choice unknown-field')
    else assert.equal(through(json), shown)
  })
}

/** Refused: the field that is named, and the rule. */
const refused: readonly (readonly [json: string, says: string])[] = [
  ['', ' json'],
  ['{', ' json'],
  ['[]', ' json'],
  ['null', ' json'],
  ['{"i32":1.5}', 'i32 json'],
  ['{"i32":2147483648}', 'i32 json'],
  ['{"u32":-1}', 'u32 json'],
  ['{"i64":"9223372036854775808"}', 'i64 json'],
  ['{"i32":""}', 'i32 json'],
  ['{"i32":" 1"}', 'i32 json'],
  ['{"b":"true"}', 'b json'],
  ['{"s":1}', 's json'],
  ['{"s":9007199254740993}', 's json'],
  ['{"u64":18446744073709551616}', 'u64 json'],
  ['{"s":"\\ud800"}', 's json'],
  ['{"f":1e39}', 'f json'],
  ['{"raw":"*"}', 'raw json'],
  ['{"colour":"GREEN"}', 'colour json'],
  ['{"colour":1.5}', 'colour json'],
  ['{"list":[1,null]}', 'list[1] json'],
  ['{"inners":[{},{"name":1}]}', 'inners[1].name json'],
  ['{"byName":{"a":{"inner":{"name":false}}}}', 'by_name["a"].inner.name json'],
  ['{"byNumber":{"a":"b"}}', 'by_number["a"] json'],
  ['{"byTruth":{"yes":0}}', 'by_truth["yes"] json'],
  ['{"text":"a","number":1}', ' json'],
  ['{"s":"a","s":"b"}', ' json'],
  ['{"snakeCaseName":"a","snake_case_name":"b"}', ' json'],
  ['{"time":"yesterday"}', 'time json'],
  ['{"time":"2026-03-01 12:00:00Z"}', 'time json'],
  ['{"time":"10000-01-01T00:00:00Z"}', 'time json'],
  ['{"lasts":"1"}', 'lasts json'],
  ['{"lasts":"315576000001s"}', 'lasts json'],
  ['{"any":{"@type":"type.googleapis.com/no.such.Type"}}', 'any json'],
  ['{"any":{"name":"x"}}', 'any json'],
  ['{"nope":1}', 'nope unknown-field'],
  ['{"message":{"nope":{}}}', 'message.nope unknown-field'],
  ['{"__proto__":{"s":"a"}}', '__proto__ unknown-field'],
  ['{"constructor":1}', 'constructor unknown-field'],
]
for (const [json, says] of refused) {
  test(`${json} is refused: ${says}`, () => assert.equal(through(json), says))
}

test('what is not known is left out where that is asked for, in every encoding', () => {
  assert.equal(
    through('{"nope":1,"s":"a","colour":"GREEN","message":{"nope":2,"name":"n"}}', 'drop'),
    '{"s":"a","message":{"name":"n"}}',
  )
  const inner = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('n')
    .tag(9, WireType.Varint)
    .uint32(1)
    .finish()
  const bytes = new BinaryWriter().tag(21, WireType.LengthDelimited).bytes(inner).finish()
  const strict = type.readBinary(bytes, 'reject')
  assert.deepEqual(isInvalid(strict) && strict.violations, [
    { field: 'message', rule: 'unknown-field', message: 'has no field with the number 9' },
  ])
  const dropped = type.readBinary(bytes, 'drop')
  assert.ok(!isInvalid(dropped) && dropped.hasUnknown)
  assert.equal(type.toBinary(dropped.message, false).includes(9 << 3), false)
})

test('protobuf that JSON cannot say is refused, with the field', () => {
  const field = (number: number, bytes: Uint8Array) =>
    new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish()
  const far = new BinaryWriter().tag(1, WireType.Varint).int64(253_402_300_800n).finish()
  const notANumber = new BinaryWriter().tag(2, WireType.Bit64).double(Number.NaN).finish()
  const entry = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('a')
    .tag(2, WireType.LengthDelimited)
    .bytes(notANumber)
    .finish()
  const unknownAny = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('type.googleapis.com/no.such.Type')
    .finish()
  for (const [bytes, says] of [
    [field(23, far), 'time json'],
    [field(27, notANumber), 'value json'],
    [field(26, field(1, entry)), 'struct json'],
    [field(31, unknownAny), 'any json'],
    [Buffer.from('no message at all'), ' protobuf'],
    [field(10, Buffer.from([0xff])), ' protobuf'],
  ] as const) {
    const read = type.readBinary(bytes, 'drop')
    assert.equal(
      isInvalid(read) && read.violations.map(({ field: at, rule }) => `${at} ${rule}`).join(),
      says,
    )
  }
})

test('depth is bounded, in JSON and in protobuf, and never costs the process', () => {
  const deep = (levels: number) =>
    `${'{"message":'.slice(0, 11)}${'{"inner":'.repeat(levels)}{}${'}'.repeat(levels)}}`
  assert.equal(through(deep(90)).startsWith('{"message"'), true)
  for (const levels of [120, 20_000]) assert.match(through(deep(levels)), / json$/)
  assert.match(through(`{"value":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), / json$/)
  let bytes: Uint8Array = new Uint8Array()
  for (let level = 0; level < 300; level++)
    bytes = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(bytes).finish()
  const read = type.readBinary(
    new BinaryWriter().tag(21, WireType.LengthDelimited).bytes(bytes).finish(),
    'drop',
  )
  assert.ok(isInvalid(read))
})
