// Raw messages: payloads without an envelope.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeRaw, encodeRaw } from '../../../gateway/protocol/raw.ts'

const contentTypeOf = (text: string) => decodeRaw(Buffer.from(text), false, 'image/png').contentType

test('inbound text that parses is JSON, other text is plain', () => {
  for (const text of ['{"a":1}', ' [1] ', '"x"', '17', 'null', '1e400'])
    assert.equal(contentTypeOf(text), 'application/json')
  for (const text of ['', 'hello', '{"a":1', 'NaN', '{} {}']) assert.equal(contentTypeOf(text), 'text/plain')
})

test('inbound binary has the content type of its route, even if it looks like JSON', () => {
  const bytes = Buffer.from('{"a":1}')
  assert.deepEqual(decodeRaw(bytes, true, 'image/png'), { bytes, contentType: 'image/png' })
})

test('the inbound payload is the message itself, not a copy', () => {
  const bytes = Buffer.from(' {"a": 9007199254740993} ')
  assert.equal(decodeRaw(bytes, false, 'image/png').bytes, bytes)
})

const isBinary = (contentType: string, bytes = Buffer.from('{}')) => encodeRaw({ bytes, contentType }).binary

test('deliveries of JSON and text go out as text frames, everything else as binary', () => {
  const texts = [
    'application/json',
    'application/json; charset=utf-8',
    'application/vnd.shop+json',
    'TEXT/html',
  ]
  for (const contentType of texts) assert.equal(isBinary(contentType), false, contentType)
  const binaries = ['application/octet-stream', 'image/png', 'application/jsonx', 'application/x;a=+json', '']
  for (const contentType of binaries) assert.equal(isBinary(contentType), true, contentType)
})

test('bytes that are not UTF-8 never go out as a text frame, whatever they are called', () => {
  assert.equal(isBinary('text/plain', Buffer.from([0xff, 0xfe])), true)
})
