// What records say as deliveries: tables of good ones and of bad ones, on slot topics and on dispatch.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Delivery,
  isUnreadable,
  type ReadOptions,
  readDelivery,
} from '../../../gateway/delivery/delivery.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { incoming } from '../fakes.ts'

const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const secret = 'a secret of this test'
const slot: ReadOptions = { from: 'slot', maxTargets: 3, secrets: [secret] }
const dispatch: ReadOptions = { ...slot, from: 'dispatch' }

function delivery(record: IncomingRecord, options = slot): Delivery {
  const read = readDelivery(record, options)
  assert.ok(!isUnreadable(read), JSON.stringify(read))
  return read
}

test('a copy of a request with a new value is a reply to its session', () => {
  const headers = {
    ce_specversion: '1.0',
    ce_id: `${session}/q-1`,
    ce_type: 'openclaw.echo',
    ce_session: session,
    ce_replyto: 'openclaw.slot.0',
    ce_request: 'q-1',
    ce_expirytime: '2030-01-01T00:00:00.000Z',
    'content-type': 'application/json',
    traceparent: '00-1-2-01',
    'x-shop': 'de',
  }
  assert.deepEqual(delivery(incoming(headers, '{"n":1}')), {
    targets: [{ kind: 'session', session }],
    tenant: '',
    origin: 'slot.0/0/7',
    hops: 0,
    session,
    request: 'q-1',
    more: false,
    expiresAt: Date.parse('2030-01-01T00:00:00.000Z'),
    id: `${session}/q-1`,
    type: 'openclaw.echo',
    trace: '00-1-2-01',
    headers: { 'x-shop': 'de' },
    payload: { bytes: Buffer.from('{"n":1}'), contentType: 'application/json' },
  })
})

test('every wish of a backend is read', () => {
  const read = delivery(
    incoming({
      ce_to: `session:${session}`,
      ce_except: 'session:other',
      ce_tenant: 'acme',
      ce_more: 'true',
      ce_error: 'sold-out',
      ce_receipt: 'written',
    }),
  )
  const { except, tenant, more, error, receipt } = read
  assert.deepEqual(
    { except, tenant, more, error, receipt },
    {
      except: 'other',
      tenant: 'acme',
      more: true,
      error: 'sold-out',
      receipt: 'written',
    },
  )
})

test('Spring’s correlation id stands in for the session and the request', () => {
  const read = delivery(incoming({ kafka_correlationId: `${session}/q-1` }))
  assert.deepEqual(
    [read.targets, read.session, read.request],
    [[{ kind: 'session', session }], session, 'q-1'],
  )
  assert.equal(delivery(incoming({ kafka_correlationId: `${session}/` })).request, undefined)
})

test('a correlation id of somebody else’s making is passed over', () => {
  const record = incoming({ kafka_correlationId: '5f2c/1' }, 'x', { key: Buffer.from('user:alice') })
  assert.deepEqual(delivery(record, dispatch).targets, [{ kind: 'user', user: 'alice' }])
})

test('on dispatch the key is the target where no header says one', () => {
  const key = Buffer.from('user:alice')
  assert.deepEqual(delivery(incoming({}, 'x', { key }), dispatch).targets, [{ kind: 'user', user: 'alice' }])
  assert.deepEqual(delivery(incoming({ ce_to: 'everyone' }, 'x', { key }), dispatch).targets, [
    { kind: 'everyone' },
  ])
  assert.ok(isUnreadable(readDelivery(incoming({}, 'x', { key: Buffer.from('alice') }), dispatch)))
})

for (const [what, value, contentType] of [
  ['JSON', '{"a":1e400}', 'application/json'],
  ['a JSON string', '"a"', 'application/json'],
  ['text', 'hello', 'text/plain'],
  ['bytes', Buffer.from([0xff, 0xfe]), 'application/octet-stream'],
  ['nothing', '', 'text/plain'],
  ['a tombstone', null, 'text/plain'],
] as const) {
  test(`without a content type, ${what} is ${contentType}`, () => {
    assert.equal(delivery(incoming({ ce_session: session }, value)).payload.contentType, contentType)
  })
}

test('an empty content type is none, and any other is kept', () => {
  const typed = (type: string) =>
    delivery(incoming({ ce_session: session, 'content-type': type }, '{}')).payload.contentType
  assert.equal(typed(''), 'application/json')
  assert.equal(typed('image/png'), 'image/png')
})

const bad: [string, IncomingRecord, ReadOptions, RegExp][] = [
  ['no address', incoming(), slot, /neither ce_to nor ce_session/],
  ['a session that is none', incoming({ ce_session: 'x' }), slot, /neither/],
  ['a key on a slot topic', incoming({}, 'x', { key: Buffer.from(`session:${session}`) }), slot, /neither/],
  ['a list with a hole', incoming({ ce_to: `session:${session},` }), slot, /no list of up to 3/],
  ['four targets', incoming({ ce_to: 'user:a,user:b,user:c,user:d' }), dispatch, /no list of up to 3/],
  ['a user on a slot topic', incoming({ ce_to: 'user:alice' }), slot, /session targets only, not user:alice/],
  ['everyone on a slot topic', incoming({ ce_to: 'everyone' }), slot, /session targets only/],
  ['a channel among sessions', incoming({ ce_to: `session:${session},channel:c` }), slot, /session targets/],
  ['a time that is none', incoming({ ce_session: session, ce_expirytime: 'soon' }), slot, /RFC 3339/],
  ['an unknown receipt', incoming({ ce_session: session, ce_receipt: 'yes' }), slot, /ce_receipt/],
  ['a made-up mark', incoming({ ce_to: 'everyone', ce_gateway: 'bWFyaw' }), slot, /not a mark of this/],
  ['a mark on dispatch', incoming({ ce_to: 'everyone', ce_gateway: '' }), dispatch, /not a mark of this/],
  [
    'no event',
    incoming({ ce_session: session, 'content-type': 'application/cloudevents+json' }),
    slot,
    /CloudEvent/,
  ],
]
for (const [what, record, options, message] of bad) {
  test(`a record with ${what} is unreadable`, () => {
    const read = readDelivery(record, options)
    assert.ok(isUnreadable(read))
    assert.match(read.message, message)
    assert.equal(read.reason, 'invalid')
  })
}

test('no record makes reading throw, whatever is in it', () => {
  const name = fc.constantFrom(
    'ce_to',
    'ce_session',
    'ce_tenant',
    'ce_expirytime',
    'ce_gateway',
    'ce_hops',
    'ce_receipt',
    'content-type',
    'kafka_correlationId',
    'x-a',
    '__proto__',
  )
  const text = fc.oneof(
    fc.constantFrom('everyone', `session:${session}`, 'user:a', 'application/cloudevents+json', '', ','),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  )
  const value = fc.oneof(
    fc.json(),
    fc.constantFrom(
      '{"specversion":"1.0","data":1,"to":"everyone"}',
      '{"specversion":"1.0","data_base64":5}',
    ),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.constant(null),
  )
  const timestamp = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-1, Number.MAX_SAFE_INTEGER))
  fc.assert(
    fc.property(fc.dictionary(name, text), value, timestamp, fc.boolean(), (headers, bytes, at, onSlot) => {
      readDelivery(incoming(headers, bytes, { timestamp: at }), onSlot ? slot : dispatch)
    }),
    { numRuns: 2_000 },
  )
})
