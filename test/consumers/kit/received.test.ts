// What a backend sees of a record, and that its replies are the record itself with a new value.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { IHeaders } from 'kafkajs'
import { type Hand, toReceived, toReply } from '../../../consumers/kit/received.ts'
import type { Outgoing } from '../../../consumers/kit/record.ts'
import { Unprocessable } from '../../../consumers/kit/unprocessable.ts'

const inbound: IHeaders = {
  ce_specversion: Buffer.from('1.0'),
  ce_source: Buffer.from('/openclaw/main'),
  ce_id: Buffer.from('s1/q-1'),
  ce_type: Buffer.from('openclaw.echo.msg'),
  ce_subject: Buffer.from('alice'),
  ce_tenant: Buffer.from('acme'),
  ce_time: Buffer.from('2026-03-01T12:00:00.000Z'),
  ce_session: Buffer.from('s1'),
  ce_replyto: Buffer.from('openclaw.slot.3'),
  ce_request: Buffer.from('q-1'),
  ce_expirytime: Buffer.from('2999-03-01T12:00:30.000Z'),
  'content-type': Buffer.from('application/json'),
  traceparent: Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  'x-bytes': Buffer.from([0xff, 0x00]),
  'x-many': [Buffer.from('a'), Buffer.from('b')],
}

const handOf = (sent: Outgoing[]): Hand => {
  const publish = (record: Outgoing) => {
    sent.push(record)
    return Promise.resolve({ topic: record.topic, partition: 0, offset: 7 })
  }
  const topics = { slot: 's', dispatch: 'd', channels: 'c', receipts: 'r' }
  return { attempt: 1, signal: new AbortController().signal, publish, reply: publish, topics }
}

const received = (headers: IHeaders, value: Buffer | null = Buffer.from('{"a":1}'), sent: Outgoing[] = []) =>
  toReceived(
    {
      topic: 'echo.in',
      partition: 2,
      message: {
        key: Buffer.from('k'),
        value,
        headers,
        offset: '41',
        timestamp: '1772366400250',
      },
    },
    handOf(sent),
  )

const texts = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

describe('a received record', () => {
  it('tells what its headers say', () => {
    const record = received(inbound)
    assert.equal(record.session, 's1')
    assert.equal(record.user, 'alice')
    assert.equal(record.tenant, 'acme')
    assert.equal(record.type, 'openclaw.echo.msg')
    assert.equal(record.id, 's1/q-1')
    assert.equal(record.source, '/openclaw/main')
    assert.equal(record.request, 'q-1')
    assert.equal(record.expiry?.toISOString(), '2999-03-01T12:00:30.000Z')
    assert.equal(record.replyTo, 'openclaw.slot.3')
    assert.match(record.trace ?? '', /^00-0af7/)
    assert.equal(record.offset, 41)
    assert.deepEqual(record.json(), { a: 1 })
    assert.equal(record.headers['x-many'], 'b')
    assert.equal(record.rawHeaders['x-bytes'], inbound['x-bytes'])
  })

  it('does without what is not there', () => {
    const record = received({}, null)
    assert.equal(record.user, undefined)
    assert.equal(record.tenant, '')
    assert.equal(record.expiry, undefined)
    assert.equal(record.cancel, false)
    assert.equal(record.value.length, 0)
  })

  it('is unprocessable where JSON is read from a value that is none, or a reply has nowhere to go', async () => {
    assert.throws(() => received(inbound, Buffer.from('{')).json(), Unprocessable)
    await assert.rejects(received({}).reply('x'), Unprocessable)
  })
})

describe('a reply', () => {
  it('is the record with a new value: every header byte for byte, to ce_replyto, at the session as key', async () => {
    const sent: Outgoing[] = []
    const place = await received(inbound, Buffer.from('{}'), sent).reply(Buffer.from('{"b":2}'))
    assert.deepEqual(place, { topic: 'openclaw.slot.3', partition: 0, offset: 7 })
    assert.equal(sent[0]?.topic, 'openclaw.slot.3')
    assert.equal(sent[0]?.key, 's1')
    assert.equal(sent[0]?.value?.toString(), '{"b":2}')
    assert.deepEqual(texts(sent[0]?.headers ?? {}), texts(inbound))
    assert.equal(sent[0]?.headers['x-bytes'], inbound['x-bytes'])
    assert.equal(sent[0]?.headers['x-many'], inbound['x-many'])
  })

  it('corrects the content type to that of its value', () => {
    const typeOf = (value: Parameters<typeof toReply>[2], contentType?: string) =>
      toReply({ ce_replyto: 't' }, inbound, value, contentType === undefined ? {} : { contentType })?.headers[
        'content-type'
      ]
    assert.equal(typeOf({ a: 1 }), 'application/json')
    assert.equal(typeOf(null), 'application/json')
    assert.equal(typeOf('hello'), 'text/plain; charset=utf-8')
    assert.equal(typeOf('<a/>', 'application/xml'), 'application/xml')
    const { headers } = received(inbound)
    assert.equal(toReply(headers, inbound, Buffer.from('1'), {})?.headers['content-type'], 'application/json')
  })

  it('says that more follow, and that the request failed, only when it is told to', () => {
    const of = (options: Parameters<typeof toReply>[3], raw = inbound) =>
      toReply({ ce_replyto: 't' }, raw, '', options)?.headers ?? {}
    assert.equal(of({ more: true })['ce_more'], 'true')
    assert.equal(of({ error: 'sold-out' })['ce_error'], 'sold-out')
    assert.equal(of({ type: 'sold' })['ce_type'], 'sold')
    const plain = of({}, { ...inbound, ce_more: 'true', ce_error: 'old' })
    assert.ok(!('ce_more' in plain) && !('ce_error' in plain))
  })
})
