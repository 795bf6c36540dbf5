// What a route takes: which message for which type, in which encodings, stored how; and every way to be refused.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { pack } from 'msgpackr'
import { createCatalog, createSchemas } from '../../../gateway/payloads/catalog.ts'
import { mergeImages } from '../../../gateway/payloads/descriptors.ts'
import { createPayloadRule, type InboundSettings } from '../../../gateway/payloads/payload-rule.ts'
import { MessageSchema } from '../../../schemas/gen/openclaw/examples/chat/v1/chat_pb.ts'
import { ownImage } from '../../support/images.ts'

const message = 'openclaw.examples.chat.v1.Message'
const typing = 'openclaw.examples.chat.v1.Typing'
const settings: InboundSettings = {
  types: { msg: message, typing },
  accept: ['json', 'protobuf', 'msgpack'],
  store: 'protobuf',
  unknown: 'reject',
}

const merged = mergeImages([{ name: 'own', bytes: readFileSync(ownImage) }])
assert.ok(typeof merged !== 'string')
const catalog = createCatalog(merged, [message, typing])
assert.ok(typeof catalog !== 'string')
const schemas = createSchemas(catalog)

const rule = (more: Partial<InboundSettings> = {}, key?: readonly string[]) =>
  createPayloadRule({
    owner: 'route "chat"',
    settings: { ...settings, ...more },
    schemas,
    ...(key === undefined ? {} : { key }),
  })

const json = (value: unknown, contentType = 'application/json') => ({
  bytes: Buffer.from(JSON.stringify(value)),
  contentType,
})
const hi = { room: 'a', text: 'hi' }
const binary = Buffer.from(toBinary(MessageSchema, create(MessageSchema, hi)))

const take = (
  ...[payload, type, more, key]: [
    Parameters<ReturnType<typeof rule>['take']>[0],
    string?,
    Partial<InboundSettings>?,
    string[]?,
  ]
) => {
  const taken = rule(more, key).take(payload, type)
  assert.ok(!('code' in taken))
  return taken
}
const refusal = (
  ...[payload, type, more]: [
    Parameters<ReturnType<typeof rule>['take']>[0],
    string?,
    Partial<InboundSettings>?,
  ]
) => {
  const refused = rule(more).take(payload, type)
  assert.ok('code' in refused)
  return refused
}

test('each encoding becomes what is stored, and the type says which message it is', () => {
  for (const payload of [
    json(hi),
    json(hi, 'application/vnd.shop+json'),
    { bytes: binary, contentType: 'application/protobuf' },
    { bytes: binary, contentType: 'application/octet-stream' },
    { bytes: Buffer.from(pack(hi)), contentType: 'application/msgpack' },
    { ...json(hi), native: true as const },
  ]) {
    const taken = take(payload, 'msg')
    assert.deepEqual([taken.payload.contentType, taken.schema], ['application/protobuf', `proto:${message}`])
    assert.equal(fromBinary(MessageSchema, taken.payload.bytes).text, 'hi')
    const stored = take(payload, 'msg', { store: 'json' })
    assert.deepEqual(
      [stored.payload.contentType, String(stored.payload.bytes)],
      ['application/json', '{"room":"a","text":"hi"}'],
    )
  }
  assert.equal(take(json({ room: 'a' }), 'typing').schema, `proto:${typing}`)
})

test('one message for all types, or for those that are not listed', () => {
  const only = { types: {}, type: message }
  assert.equal(take(json(hi), undefined, only).schema, `proto:${message}`)
  assert.equal(take(json(hi), 'anything', only).schema, `proto:${message}`)
  assert.equal(take(json({ room: 'a' }), 'typing', { type: message }).schema, `proto:${typing}`)
  assert.deepEqual(refusal(json(hi), 'other').violations, [
    { field: 'type', rule: 'type', message: 'must be one of msg, typing' },
  ])
  assert.match(refusal(json(hi)).message, /the frame names no type/)
  assert.equal(refusal(json(hi), '__proto__').code, 'invalid-payload')
})

test('what is not accepted is refused by its encoding', () => {
  const accept = { accept: ['json'] as const }
  for (const payload of [
    { bytes: binary, contentType: 'application/protobuf' },
    { bytes: Buffer.from('x'), contentType: 'text/plain' },
    { ...json(hi), native: true as const },
  ])
    assert.deepEqual(refusal(payload, 'msg', accept).violations, [
      { field: 'contentType', rule: 'accept', message: 'must be json' },
    ])
})

test('an empty payload is an empty message in protobuf, and no JSON', () => {
  assert.equal(
    refusal({ bytes: Buffer.alloc(0), contentType: 'application/json' }, 'msg').violations?.[0]?.rule,
    'json',
  )
  const empty = { bytes: Buffer.alloc(0), contentType: 'application/protobuf' }
  assert.deepEqual(
    refusal(empty, 'msg').violations?.map(({ field, rule: broken }) => `${field} ${broken}`),
    ['room string.min_len', 'room string.pattern', 'text string.min_len'],
  )
})

test('fields that the message does not have are refused, or are not stored', () => {
  const extra = new BinaryWriter().tag(77, WireType.Varint).uint32(1).finish()
  const bytes = Buffer.concat([binary, extra])
  const payload = { bytes, contentType: 'application/protobuf' }
  assert.equal(refusal(payload, 'msg').violations?.[0]?.rule, 'unknown-field')
  assert.deepEqual(take(payload, 'msg', { unknown: 'drop' }).payload.bytes, binary)
  assert.deepEqual(take(json({ ...hi, more: 1 }), 'msg', { unknown: 'drop' }).payload.bytes, binary)
})

test('the key is a field of the message, by its name in the schema or in JSON, whatever the encoding', () => {
  const full = {
    ...hi,
    number: '9007199254740993',
    replyTo: 0,
    tone: 'TONE_URGENT',
    writtenAt: '2026-03-01T12:00:00Z',
  }
  const keyOf = (path: string) => take(json(full), 'msg', {}, path.split('.')).key
  assert.deepEqual(['room', 'number', 'reply_to', 'replyTo', 'tone', 'writtenAt.seconds'].map(keyOf), [
    'a',
    '9007199254740993',
    '0',
    '0',
    'TONE_URGENT',
    '1772366400',
  ])
  assert.equal(
    take({ bytes: binary, contentType: 'application/protobuf' }, 'msg', {}, ['reply_to']).key,
    undefined,
  )
})

test('at most twenty violations are told, each in two hundred characters', () => {
  const mentions = Array.from({ length: 100 }, () => '')
  const { violations = [] } = refusal(json({ ...hi, mentions, [`x${'y'.repeat(300)}`]: 1 }), 'msg', {
    unknown: 'drop',
  })
  assert.equal(violations.length, 20)
  assert.ok(violations.every((each) => each.message.length <= 201))
})
