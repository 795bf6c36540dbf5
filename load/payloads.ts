// Measures what payloads with a schema cost: microseconds per message for reading, rules and transcoding, beside plain JSON.parse and protobuf-es alone.
import { readFileSync } from 'node:fs'
import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf'
import { createCatalog, createSchemas } from '../gateway/payloads/catalog.ts'
import { mergeImages } from '../gateway/payloads/descriptors.ts'
import { isInvalid } from '../gateway/payloads/invalid.ts'
import type { MessageType } from '../gateway/payloads/message-type.ts'
import { createPayloadRule, type InboundSettings } from '../gateway/payloads/payload-rule.ts'
import { createShow } from '../gateway/payloads/shown.ts'
import { jsonForm } from '../gateway/protocol/forms.ts'
import type { Payload } from '../gateway/protocol/frames.ts'
import { perCall } from './per-call.ts'

const chat = 'openclaw.examples.chat.v1.Message'
const typing = 'openclaw.examples.chat.v1.Typing'

/** A message of two fields, and one of all that chat has: twenty users, two hundred characters, a time. */
const samples: readonly { readonly name: string; readonly type: string; readonly json: JsonValue }[] = [
  { name: 'small', type: typing, json: { room: 'lobby', typing: true } },
  {
    name: 'medium',
    type: chat,
    json: {
      room: 'lobby',
      text: 'what everybody says. '.repeat(10),
      replyTo: '1234567890123456',
      number: '42',
      mentions: Array.from({ length: 20 }, (_, n) => `user-${n}`),
      tone: 'TONE_JOKE',
      writtenAt: '2026-03-01T12:00:00.250Z',
    },
  },
]

const settings: InboundSettings = {
  types: {},
  accept: ['json', 'protobuf', 'msgpack'],
  store: 'protobuf',
  unknown: 'reject',
}

const merged = mergeImages([
  { name: 'schemas', bytes: readFileSync(new URL('../schemas/gen/image.binpb', import.meta.url)) },
])
if (typeof merged === 'string') throw new Error(merged)
const catalog = createCatalog(merged, [chat, typing])
if (typeof catalog === 'string') throw new Error(catalog)
const schemas = createSchemas(catalog)

const row = (what: string, call: () => unknown): void =>
  console.log(`| ${what.padEnd(62)} | ${perCall(call).toFixed(2).padStart(7)} |`)

function measure(name: string, type: MessageType, json: JsonValue): void {
  const { desc } = type
  const text = Buffer.from(JSON.stringify(json))
  const message = fromJson(desc, json)
  const binary = Buffer.from(toBinary(desc, message))
  const inJson: Payload = { bytes: text, contentType: 'application/json' }
  const inBinary: Payload = { bytes: binary, contentType: 'application/protobuf' }
  const rule = (store: 'json' | 'protobuf') =>
    createPayloadRule({
      owner: '',
      settings: { ...settings, type: type.name, store },
      schemas,
      key: ['room'],
    })
  const [toProtobuf, toText] = [rule('protobuf'), rule('json')]
  const show = createShow({
    owner: '',
    settings: { ...settings, type: type.name },
    schemas,
    unlisted: 'invalid',
  })
  const shown = show(inBinary, {})
  if ('reason' in shown) throw new Error(shown.message)

  console.log(`\n${name}: ${text.length} B of JSON, ${binary.length} B of protobuf\n`)
  console.log(`| ${'what'.padEnd(62)} | ${'µs'.padStart(7)} |\n|${'-'.repeat(64)}|${'-'.repeat(8)}:|`)
  row('floor: JSON.parse of the payload', () => JSON.parse(text.toString()))
  row('floor: protobuf-es fromJson(JSON.parse) and toBinary', () =>
    toBinary(desc, fromJson(desc, JSON.parse(text.toString()) as JsonValue)),
  )
  row('floor: protobuf-es fromBinary', () => fromBinary(desc, binary))
  row('floor: protobuf-es fromBinary, toJson and JSON.stringify', () =>
    JSON.stringify(toJson(desc, fromBinary(desc, binary))),
  )
  row('rules alone', () => type.check(message))
  row('in: JSON, stored as protobuf (read, rules, key, written)', () => toProtobuf.take(inJson, undefined))
  row('in: JSON, stored as JSON', () => toText.take(inJson, undefined))
  row('in: protobuf, stored as protobuf (read, walk, rules, key)', () => toProtobuf.take(inBinary, undefined))
  row('in: protobuf, stored as JSON', () => toText.take(inBinary, undefined))
  row('out: protobuf, held against its rules', () => show(inBinary, {}))
  row('out: protobuf as JSON, once for all who speak JSON', () => jsonForm(shown))
  const bad = { bytes: Buffer.from('{"room":"","nope":1}'), contentType: 'application/json' }
  row('in: refused, the field named', () => toProtobuf.take(bad, undefined))
  if (!isInvalid(type.readJson(bad.bytes, 'reject'))) throw new Error('the bad one is none')
}

for (const { name, type, json } of samples) {
  const found = schemas.find(type)
  if (found !== undefined) measure(name, found, json)
}
