// A connection speaks its subprotocol, or bare payloads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { envelopedDialect, rawDialect } from '../../../gateway/connection/dialect.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'

const message = (contentType: string, bytes = Buffer.from('"x"')) =>
  ({ kind: 'message', position: 'p', time: 0, payload: { bytes, contentType } }) as const

test('an enveloped dialect is its codec', () => {
  const dialect = envelopedDialect(jsonCodec)
  assert.deepEqual([dialect.enveloped, dialect.name], [true, 'openclaw.v1.json'])
  assert.deepEqual(dialect.decode(Buffer.from('{"ping":{}}'), false), { kind: 'ping' })
  assert.equal(dialect.encode({ kind: 'pong' })?.bytes.toString(), '{"pong":{}}')
})

test('raw, every message is a publish: text by what it is, binary by what the route says', () => {
  const dialect = rawDialect('image/png')
  const typed = (text: string, binary: boolean) => {
    const frame = dialect.decode(Buffer.from(text), binary)
    return 'payload' in frame && [frame.kind, frame.payload.contentType, frame.payload.bytes.toString()]
  }
  assert.deepEqual(typed('{"publish":1}', false), ['publish', 'application/json', '{"publish":1}'])
  assert.deepEqual(typed('hi', false), ['publish', 'text/plain', 'hi'])
  assert.deepEqual(typed('hi', true), ['publish', 'image/png', 'hi'])
})

test('raw, deliveries come as bare payloads and nothing else is shown', () => {
  const dialect = rawDialect('')
  assert.deepEqual(dialect.encode(message('application/json')), { bytes: Buffer.from('"x"'), binary: false })
  assert.equal(dialect.encode(message('image/png'))?.binary, true)
  assert.equal(dialect.encode(message('text/plain', Buffer.from([0xff])))?.binary, true)
  const { kind: _, ...fields } = message('text/plain')
  assert.ok(dialect.encode({ kind: 'reply', request: 'q', ...fields }))
  assert.equal(dialect.encode({ kind: 'pong' }), undefined)
  assert.equal(dialect.encode({ kind: 'heartbeat', position: 'p' }), undefined)
})
