// PROTOCOL.md and TOPICS.md say the same as the code and the schemas.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { ClientFrameSchema, ServerFrameSchema } from '#schemas/frames_pb.ts'
import { closes, refusals, rejections, undeliverable } from '../../gateway/errors.ts'
import { isBadFrame } from '../../gateway/protocol/frames.ts'
import { jsonCodec } from '../../gateway/protocol/json.ts'
import { payloadSpan } from '../../gateway/protocol/payload-span.ts'
import { subprotocols } from '../../gateway/protocol/subprotocols.ts'
import { toServerFrame } from './examples.ts'
import { linesIn, readDocument, sectionsOf, tableOf } from './markdown.ts'

const protocol = readDocument('PROTOCOL.md')
const topics = readDocument('TOPICS.md')
const sections = sectionsOf(protocol)

test('the refusal codes and which are retryable', () => {
  const expected = Object.entries(refusals).map(([code, { retryable }]) => [code, retryable ? 'yes' : 'no'])
  const rows = tableOf(protocol, ['code', 'retryable', 'meaning'])
  assert.deepEqual(
    rows.map((row) => row.slice(0, 2)),
    expected,
  )
})

test('the close codes and their names', () => {
  const expected = Object.entries(closes).map(([name, { code }]) => [String(code), name])
  const rows = tableOf(protocol, ['code', 'name', 'meaning', 'the client'])
  assert.deepEqual(
    rows.map((row) => row.slice(0, 2)),
    expected,
  )
})

test('the answers before the upgrade and the close codes that stand for them', () => {
  const expected = Object.entries(rejections).map(([code, { status, close }]) => [
    String(status),
    code,
    String(closes[close].code),
  ])
  const rows = tableOf(protocol, ['status', 'code', 'close code in band', 'meaning'])
  assert.deepEqual(
    rows.map((row) => row.slice(0, 3)),
    expected,
  )
})

test('how a raw connection ends for every refusal code', () => {
  const codes = tableOf(protocol, ['refusal', 'close code']).flatMap(([names = '']) => names.split(', '))
  assert.deepEqual(codes.toSorted(), Object.keys(refusals).toSorted())
})

test('why a delivery reached nobody', () => {
  const rows = tableOf(topics, ['reason', 'meaning'])
  assert.deepEqual(
    rows.map(([reason]) => reason),
    Object.keys(undeliverable),
  )
})

test('the subprotocols that are spoken here', () => {
  const offers = tableOf(protocol, ['offer', 'WebSocket messages', 'what is in them']).map(([offer]) => offer)
  assert.deepEqual(offers, [...subprotocols, 'nothing offered'])
})

/** A field that the JSON form may leave out: by its presence, or as an empty map or list of extras. */
const isOptional = (field: DescField): boolean =>
  field.fieldKind === 'map' || field.localName === 'violations' || field.proto.proto3Optional

const fieldsOf = (message: DescMessage): readonly string[] =>
  message.fields.flatMap((field) =>
    field.jsonName === 'data' ? ['payload', 'data'] : [`${field.jsonName}${isOptional(field) ? '?' : ''}`],
  )

const sides = [
  { side: 'client', chapter: 'Frames from the client', schema: ClientFrameSchema },
  { side: 'gateway', chapter: 'Frames from the gateway', schema: ServerFrameSchema },
] as const

for (const { side, chapter, schema } of sides) {
  const from = sections.findIndex(({ title }) => title === chapter)
  const to = sections.findIndex(({ level }, index) => index > from && level <= 2)
  const own = new Map(
    sections.slice(from + 1, to).map((section) => [section.title.split('`')[1], section.body]),
  )
  const kinds = schema.oneofs[0]?.fields ?? []

  test(`every kind of frame from the ${side} has its section, and no other`, () => {
    assert.deepEqual(new Set(own.keys()), new Set(kinds.map(({ name }) => name)))
  })

  for (const kind of kinds) {
    const body = own.get(kind.name) ?? ''

    test(`${kind.name} from the ${side}: its table has the fields of frames.proto`, () => {
      assert.ok(kind.message)
      const named = tableOf(body, ['field', 'type', 'meaning']).flatMap(([names = '']) => names.split(', '))
      const topLevel = named.filter((name) => !name.includes('.'))
      assert.deepEqual(topLevel.toSorted(), [...fieldsOf(kind.message)].toSorted())
    })

    test(`${kind.name} from the ${side}: it has examples, all of this kind`, () => {
      const examples = linesIn(body, 'json')
      assert.notEqual(examples.length, 0)
      for (const example of examples) {
        assert.ok(example.startsWith(`{"${kind.name}":`), example)
        if (side === 'client') checkClientExample(example)
        else checkServerExample(example)
      }
    })
  }
}

function checkClientExample(example: string): void {
  const decoded = jsonCodec.decode(Buffer.from(example), false)
  assert.equal(isBadFrame(decoded) ? decoded.message : undefined, undefined, example)
}

function checkServerExample(example: string): void {
  const written = jsonCodec.encode(toServerFrame(example)).bytes
  assert.deepEqual(JSON.parse(written.toString()), JSON.parse(example))
  assert.deepEqual(payloadSpan(written), payloadSpan(Buffer.from(example)))
}

test('every frame in the sequences is one', () => {
  const lines = linesIn(protocol, 'text')
  assert.ok(lines.length > 20)
  for (const line of lines) {
    const example = line.slice(2)
    if (line.startsWith('→ ')) checkClientExample(example)
    else if (line.startsWith('← ')) checkServerExample(example)
    else assert.fail(`neither → nor ←: ${line}`)
  }
})
