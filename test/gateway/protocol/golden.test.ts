// The bytes of every kind of frame in both encodings, as published: a change here breaks clients.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { fromBinary, toJson } from '@bufbuild/protobuf'
import { ClientFrameSchema, ServerFrameSchema } from '#schemas/frames_pb.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { payloadSpan } from '../../../gateway/protocol/payload-span.ts'
import { protoCodec } from '../../../gateway/protocol/proto.ts'
import { clientFrames, serverFrames } from './samples.ts'

type Golden = Readonly<Record<string, { readonly json: string; readonly hex: string }>>

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')) as Golden
const clientGolden = read('client')
const serverGolden = read('server')

const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON form with its payload as `data`, and without what only one of the two forms spells out. */
const comparable = (frame: JsonValue, text?: string): JsonValue => {
  if (!isJsonObject(frame)) return frame
  const [kind = '', fields] = Object.entries(frame)[0] ?? []
  if (!isJsonObject(fields)) return frame
  const { payload, contentType, headers, violations, ...rest } = fields
  if (payload !== undefined && text !== undefined) {
    rest.data = payloadSpan(Buffer.from(text))?.toString('base64') ?? ''
  }
  if (rest.data !== undefined) {
    rest.contentType =
      contentType ?? (payload === undefined ? 'application/octet-stream' : 'application/json')
  }
  if (isJsonObject(headers) && Object.keys(headers).length > 0) rest.headers = headers
  if (Array.isArray(violations) && violations.length > 0) rest.violations = violations
  return { [kind]: rest }
}

const kindsOf = (frames: Readonly<Record<string, { readonly kind: string }>>) =>
  new Set(Object.values(frames).map(({ kind }) => kind))

const frameKinds = (schema: typeof ClientFrameSchema | typeof ServerFrameSchema) =>
  new Set(schema.oneofs[0]?.fields.map(({ name }) => name))

test('there is golden text and binary for every kind of frame in frames.proto', () => {
  assert.deepEqual(kindsOf(clientFrames), frameKinds(ClientFrameSchema))
  assert.deepEqual(kindsOf(serverFrames), frameKinds(ServerFrameSchema))
  assert.deepEqual(Object.keys(clientGolden), Object.keys(clientFrames))
  assert.deepEqual(Object.keys(serverGolden), Object.keys(serverFrames))
})

for (const [name, { json, hex }] of Object.entries(clientGolden)) {
  test(`client frame, ${name}: both encodings are read as the same frame`, () => {
    assert.deepEqual(jsonCodec.decode(Buffer.from(json), false), clientFrames[name])
    assert.deepEqual(protoCodec.decode(Buffer.from(hex, 'hex'), true), clientFrames[name])
  })

  test(`client frame, ${name}: the JSON form is ProtoJSON but for its payload`, () => {
    const message = fromBinary(ClientFrameSchema, Buffer.from(hex, 'hex'))
    assert.deepEqual(
      comparable(toJson(ClientFrameSchema, message)),
      comparable(JSON.parse(json) as JsonValue, json),
    )
  })
}

for (const [name, { json, hex }] of Object.entries(serverGolden)) {
  const frame = serverFrames[name]
  assert.ok(frame)

  test(`server frame, ${name}: both encodings are written as published`, () => {
    const text = jsonCodec.encode(frame)
    const binary = protoCodec.encode(frame)
    assert.deepEqual([text.bytes.toString(), text.binary], [json, false])
    assert.deepEqual([binary.bytes.toString('hex'), binary.binary], [hex, true])
  })

  test(`server frame, ${name}: the JSON form is ProtoJSON but for its payload`, () => {
    const message = fromBinary(ServerFrameSchema, Buffer.from(hex, 'hex'))
    assert.deepEqual(
      comparable(toJson(ServerFrameSchema, message, { alwaysEmitImplicit: true })),
      comparable(JSON.parse(json) as JsonValue, json),
    )
  })
}
