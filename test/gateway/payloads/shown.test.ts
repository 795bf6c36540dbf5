// What clients are shown of values that backends wrote: in their own encoding, or not at all.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { create, toBinary } from '@bufbuild/protobuf'
import { pack } from 'msgpackr'
import { createCatalog, createSchemas } from '../../../gateway/payloads/catalog.ts'
import { mergeImages } from '../../../gateway/payloads/descriptors.ts'
import {
  createForms,
  createShow,
  isUnshown,
  type Said,
  type ShowOptions,
} from '../../../gateway/payloads/shown.ts'
import { jsonForm, protobufForm } from '../../../gateway/protocol/forms.ts'
import type { Payload } from '../../../gateway/protocol/frames.ts'
import { MessageSchema } from '../../../schemas/gen/openclaw/examples/chat/v1/chat_pb.ts'
import { ownImage } from '../../support/images.ts'

const message = 'openclaw.examples.chat.v1.Message'
const typing = 'openclaw.examples.chat.v1.Typing'
const merged = mergeImages([{ name: 'own', bytes: readFileSync(ownImage) }])
assert.ok(typeof merged !== 'string')
const catalog = createCatalog(merged, [message, typing])
assert.ok(typeof catalog !== 'string')
const schemas = createSchemas(catalog)

const hi = { room: 'a', text: 'hi' }
const binary: Payload = {
  bytes: Buffer.from(toBinary(MessageSchema, create(MessageSchema, hi))),
  contentType: 'application/protobuf',
}
const json: Payload = { bytes: Buffer.from(JSON.stringify(hi)), contentType: 'application/json' }
const schema = `proto:${message}`

test('a value that names a message it need not be is shown as that, or as the bytes it is', () => {
  const forms = createForms(schemas)
  const asJson = jsonForm(forms(binary, { schema }))
  assert.deepEqual([asJson.contentType, String(asJson.bytes)], ['application/json', JSON.stringify(hi)])
  const junk = { ...binary, bytes: Buffer.from('junk') }
  assert.deepEqual(jsonForm(forms(junk, { schema })).bytes, junk.bytes)
  for (const payload of [
    json,
    { ...binary, contentType: 'text/plain' },
    { ...binary, contentType: 'application/protobuf; framing=confluent' },
  ])
    assert.equal(forms(payload, { schema }), payload)
  for (const said of [{}, { schema: 'proto:no.such' }, { schema: message }])
    assert.equal(forms(binary, said), binary)
})

const show = (payload: Payload, said: Said, more: Partial<ShowOptions> = {}) =>
  createShow({
    owner: 'channel "x"',
    settings: { types: { msg: message, typing }, unknown: 'reject' },
    schemas,
    unlisted: 'invalid',
    ...more,
  })(payload, said)

test('a value that must be a message is shown in every encoding, by its type or by what it names', () => {
  for (const payload of [binary, json, { bytes: Buffer.from(pack(hi)), contentType: 'application/msgpack' }])
    for (const said of [{ type: 'msg' }, { schema }, { schema, type: 'typing' }, { indexes: [0] }]) {
      const shown = show(payload, said)
      assert.ok(!isUnshown(shown))
      assert.deepEqual(JSON.parse(String(jsonForm(shown).bytes)), hi)
      assert.deepEqual(protobufForm(shown).bytes, binary.bytes)
    }
})

test('what is not its message is not shown, with a sentence for people', () => {
  const says = (...given: Parameters<typeof show>) => {
    const shown = show(...given)
    return isUnshown(shown) ? shown.message : 'shown'
  }
  assert.equal(
    says({ ...json, bytes: Buffer.from('{"room":"a"}') }, { type: 'msg' }),
    `channel "x": no valid ${message}: text must be at least 1 characters`,
  )
  assert.match(
    says({ ...json, bytes: Buffer.from('{"nope":1}') }, { type: 'msg' }),
    /nope .*has no such field/,
  )
  assert.equal(says(json, { type: 'other' }), 'channel "x" has no message for the type "other"')
  assert.equal(says(json, { indexes: [7] }), 'channel "x" has no message for the type ""')
  assert.equal(
    says({ ...json, contentType: 'text/plain' }, { type: 'msg' }),
    `channel "x": text/plain is no encoding of ${message}`,
  )
  assert.equal(says(json, { type: 'other' }, { unlisted: 'pass' }), 'shown')
})

test('fields that the message does not have are not shown, where they may be there', () => {
  const more = { ...json, bytes: Buffer.from(JSON.stringify({ ...hi, secret: 1 })) }
  const shown = show(more, { type: 'msg' }, { settings: { types: { msg: message }, unknown: 'drop' } })
  assert.ok(!isUnshown(shown))
  assert.deepEqual(JSON.parse(String(shown.bytes)), hi)
})
