// The records that frames become: exactly these headers, and nothing that a client could set besides.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { tenants } from '../../../gateway/config/tenant-settings.ts'
import { parseTargets } from '../../../gateway/delivery/targets.ts'
import { toCancel, toChannelRecord, toRecord } from '../../../gateway/inbound/record.ts'
import { compileRoutes, type Route } from '../../../gateway/inbound/routes.ts'
import type { Publish, Request } from '../../../gateway/protocol/frames.ts'
import { fakeSession } from '../fakes.ts'

const route = (more: object = {}): Route =>
  compileRoutes(settings.parse({ chat: { topic: 'chat.in', ...more } })).pick({ route: 'chat' }, '/') as Route
const session = fakeSession({
  id: 'S',
  origin: 'O',
  replyTo: 'openclaw.slot.3',
  principal: { user: 'alice', tenant: 'acme', claims: { roles: ['a', 'b'], secret: 'x', n: 1 } },
})
const now = Date.parse('2026-03-01T12:00:00.250Z')
const stamp = { cluster: 'main', now, key: 'k', id: 'm-7' }
const payload = { bytes: Buffer.from('{"a": 1e400}'), contentType: 'application/json' }
const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const publish: Publish = {
  kind: 'publish',
  id: 'm-7',
  type: 'msg',
  sequence: 7n,
  trace,
  headers: { 'x-shop': 'de' },
  payload,
}
const request: Request = { kind: 'request', id: 'q-1', payload }

const minimal = {
  ce_specversion: '1.0',
  ce_source: '/openclaw/main',
  ce_id: 'O/m-7',
  ce_type: 'openclaw.chat.msg',
  ce_session: 'S',
  ce_replyto: 'openclaw.slot.3',
  'content-type': 'application/json',
  ce_subject: 'alice',
  ce_tenant: 'acme',
  ce_sequence: '00000000000000000007',
  'x-shop': 'de',
}
const full = { ...minimal, ce_time: '2026-03-01T12:00:00.250Z', traceparent: trace }

test('topic, key and value are the route’s, the stamp’s and the client’s, byte for byte', () => {
  const record = toRecord(publish, route(), session, stamp)
  assert.deepEqual([record.topic, record.key, record.partition], ['chat.in', 'k', undefined])
  assert.equal(record.value, payload.bytes)
})

test('minimal headers', () => {
  assert.deepEqual(
    toRecord(publish, route({ headers: 'minimal', claims: ['n'] }), session, stamp).headers,
    minimal,
  )
})

test('full headers', () => {
  assert.deepEqual(toRecord(publish, route(), session, stamp).headers, full)
})

test('full headers with claims: those that the route lists and the token has', () => {
  assert.deepEqual(toRecord(publish, route({ claims: ['roles', 'nope'] }), session, stamp).headers, {
    ...full,
    ce_claims: '{"roles":["a","b"]}',
  })
})

test('spring headers', () => {
  assert.deepEqual(toRecord(publish, route({ headers: 'spring' }), session, stamp).headers, {
    ...full,
    kafka_replyTopic: 'openclaw.slot.3',
    kafka_correlationId: 'S/',
  })
  const asked = toRecord(request, route({ headers: 'spring' }), session, stamp).headers
  assert.equal(asked['kafka_correlationId'], 'S/q-1')
})

test('a request carries its id and its end', () => {
  const { headers } = toRecord(request, route(), session, { ...stamp, id: 'q-1', expiresAt: now + 1_000 })
  assert.deepEqual(headers, {
    ce_specversion: '1.0',
    ce_source: '/openclaw/main',
    ce_id: 'O/q-1',
    ce_type: 'openclaw.chat',
    ce_session: 'S',
    ce_replyto: 'openclaw.slot.3',
    'content-type': 'application/json',
    ce_subject: 'alice',
    ce_tenant: 'acme',
    ce_request: 'q-1',
    ce_expirytime: '2026-03-01T12:00:01.250Z',
    ce_time: '2026-03-01T12:00:00.250Z',
  })
})

test('who is nobody has no subject, and the empty tenant is not named', () => {
  const stranger = fakeSession({ id: 'S', origin: 'S', principal: { tenant: '', claims: {} } })
  assert.deepEqual(
    toRecord({ kind: 'publish', payload }, route(), stranger, { ...stamp, id: ':1' }).headers,
    {
      ce_specversion: '1.0',
      ce_source: '/openclaw/main',
      ce_id: 'S/:1',
      ce_type: 'openclaw.chat',
      ce_session: 'S',
      ce_replyto: 'slot.0',
      'content-type': 'application/json',
      ce_time: '2026-03-01T12:00:00.250Z',
    },
  )
})

test('an empty payload is an empty value and never null', () => {
  const empty = { ...publish, payload: { bytes: Buffer.alloc(0), contentType: 'text/plain' } }
  assert.equal(toRecord(empty, route(), session, stamp).value.length, 0)
})

test('the largest sequence has its twenty digits', () => {
  const { headers } = toRecord({ ...publish, sequence: 2n ** 64n - 1n }, route(), session, stamp)
  assert.equal(headers['ce_sequence'], '18446744073709551615')
})

test('a cancelled request is told at the same place, with an empty value and without an end', () => {
  const asked = toRecord(request, route(), session, { ...stamp, id: 'q-1', expiresAt: now + 1_000 })
  const cancel = toCancel('q-1', asked)
  const { ce_expirytime: _, ...headers } = asked.headers
  assert.deepEqual([cancel.topic, cancel.key, cancel.value.length], ['chat.in', 'k', 0])
  assert.deepEqual(cancel.headers, {
    ...headers,
    ce_id: 'O/q-1:cancel',
    ce_request: 'q-1',
    ce_cancel: 'true',
  })
})

test('a message on a channel is for the channel, keyed by it, in the one partition', () => {
  const on = { channel: 'room:1', topic: 'openclaw.channels' }
  const record = toChannelRecord({ ...publish, key: 'price' }, on, session, { ...stamp, key: on.channel })
  assert.deepEqual([record.topic, record.key, record.partition], ['openclaw.channels', 'room:1', 0])
  assert.equal(record.value, payload.bytes)
  const { ce_replyto: _, ...rest } = full
  assert.deepEqual(record.headers, {
    ...rest,
    ce_type: 'openclaw.channel.msg',
    ce_to: 'channel:room:1',
    ce_conflationkey: 'price',
  })
})

test('a name with a comma is one channel, and one without a type has the type of all', () => {
  const on = { channel: 'a,channel:b%', topic: 't' }
  const { headers } = toChannelRecord({ kind: 'publish', payload }, on, session, {
    ...stamp,
    key: on.channel,
  })
  assert.equal(headers['ce_to'], 'channel:a%2Cchannel:b%25')
  assert.equal(headers['ce_type'], 'openclaw.channel')
  assert.deepEqual(parseTargets(headers['ce_to'] ?? '', 10), [{ kind: 'channel', channel: on.channel }])
})

test('a tenant with topics of its own has them in front of the route’s, and replies where it says', () => {
  const chat = settings.parse({ chat: { topic: 'chat.in', headers: 'spring' } })
  const own = { acme: { topicPrefix: 'acme.', replyTo: 'acme.replies' }, other: { topicPrefix: 'other.' } }
  const tenanted = compileRoutes(chat, undefined, tenants.parse(own)).pick({ route: 'chat' }, '/') as Route
  const of = (tenant: string) => {
    const { topic, headers } = toRecord(
      publish,
      tenanted,
      fakeSession({ replyTo: 'openclaw.slot.3', principal: { user: 'alice', tenant, claims: {} } }),
      stamp,
    )
    return [topic, headers['ce_replyto'], headers['kafka_replyTopic']]
  }
  assert.deepEqual(of('acme'), ['acme.chat.in', 'acme.replies', 'acme.replies'])
  assert.deepEqual(of('other'), ['other.chat.in', 'openclaw.slot.3', 'openclaw.slot.3'])
  for (const tenant of ['', 'ACME', 'acme.', '__proto__', 'constructor', '../acme'])
    assert.equal(of(tenant)[0], 'chat.in', `a tenant that is not configured: ${tenant}`)
  assert.equal(route().tenants, undefined)
})
