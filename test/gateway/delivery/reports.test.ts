// Receipts and quarantined records, exactly as events.proto says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '../../../gateway/delivery/delivery.ts'
import { toQuarantined, toReceipt, wantsFailure } from '../../../gateway/delivery/reports.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'
import { incoming } from '../fakes.ts'

const context = { node: 'gw-1', cluster: 'main', topics: { receipts: 'receipts', quarantine: 'quarantine' } }
const session = 'AAAAAAAAAAAAAAAAAAAAAA'
const target = { kind: 'session', session } as const
const now = Date.parse('2026-03-01T12:00:00.250Z')
const delivery: Delivery = {
  targets: [target],
  tenant: '',
  more: false,
  origin: 'openclaw.dispatch/2/81',
  hops: 1,
  id: 'order-81',
  type: 'order.shipped',
  headers: { 'x-shop': 'de' },
  payload: { bytes: Buffer.from('{}'), contentType: 'application/json' },
}
const json = ({ value }: OutgoingRecord): unknown => JSON.parse(value.toString())

test('a failed delivery is told with its reason', () => {
  const record = toReceipt(context, delivery, target, 'no-session', now)
  assert.deepEqual([record.topic, record.key], ['receipts', 'openclaw.dispatch/2/81'])
  assert.deepEqual(record.headers, {
    ce_specversion: '1.0',
    ce_source: '/openclaw/main',
    ce_id: `openclaw.dispatch/2/81/session:${session}/no-session`,
    ce_type: 'openclaw.receipt.failed',
    ce_dataschema: 'proto:openclaw.v1.Receipt',
    'content-type': 'application/json',
  })
  assert.deepEqual(json(record), {
    origin: { topic: 'openclaw.dispatch', partition: 2, offset: '81' },
    id: 'order-81',
    type: 'order.shipped',
    outcome: 'failed',
    reason: 'no-session',
    target: `session:${session}`,
    tenant: '',
    time: '2026-03-01T12:00:00.250Z',
    headers: { 'x-shop': 'de' },
    node: 'gw-1',
  })
})

test('a receipt that was asked for has no reason, and leaves out what the delivery had not', () => {
  const { id: _, type: __, headers: ___, ...bare } = delivery
  const record = toReceipt(context, { ...bare, tenant: 'acme' }, { kind: 'everyone' }, 'written', now)
  assert.equal(record.headers['ce_type'], 'openclaw.receipt.written')
  assert.deepEqual(json(record), {
    origin: { topic: 'openclaw.dispatch', partition: 2, offset: '81' },
    outcome: 'written',
    target: 'everyone',
    tenant: 'acme',
    time: '2026-03-01T12:00:00.250Z',
    headers: {},
    node: 'gw-1',
  })
})

test('a receipt fits into a record however much the delivery carried', () => {
  const headers = Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`x-${n}`, 'y'.repeat(1_000)]))
  const record = toReceipt(context, { ...delivery, headers }, target, 'slow', now)
  assert.ok(record.value.length < 128 * 1024)
})

test('failures are reported for sessions, and for others where a receipt was asked for', () => {
  const everyone = { kind: 'everyone' } as const
  assert.equal(wantsFailure(delivery, target), true)
  assert.equal(wantsFailure(delivery, everyone), false)
  assert.equal(wantsFailure({ ...delivery, receipt: 'written' }, everyone), true)
})

test('a quarantined record shows what it was and why', () => {
  const from = incoming({ 'x-a': '1' }, 'hello', { topic: 'openclaw.slot.3', offset: 17, timestamp: now })
  const why = { reason: 'invalid', message: 'the record says neither ce_to nor ce_session' } as const
  const record = toQuarantined(context, from, why, now + 10)
  assert.deepEqual([record.topic, record.key], ['quarantine', 'openclaw.slot.3/0/17'])
  assert.equal(record.headers['ce_type'], 'openclaw.quarantined')
  assert.equal(record.headers['ce_dataschema'], 'proto:openclaw.v1.Quarantined')
  assert.deepEqual(json(record), {
    origin: { topic: 'openclaw.slot.3', partition: 0, offset: '17' },
    reason: 'invalid',
    detail: 'the record says neither ce_to nor ce_session',
    recordTime: '2026-03-01T12:00:00.250Z',
    time: '2026-03-01T12:00:00.260Z',
    node: 'gw-1',
    value: 'aGVsbG8=',
    valueSize: 5,
    headers: [{ name: 'x-a', value: 'MQ==' }],
  })
})

test('a tombstone without a key is shown as such', () => {
  const shown = json(toQuarantined(context, incoming({}, null), { reason: 'invalid', message: '' }, now))
  assert.deepEqual(
    Object.keys(shown as object).filter((name) => name === 'key' || name === 'value'),
    [],
  )
})

test('a quarantined record fits where the other did, and says how large that was', () => {
  const big = incoming({ 'x-a': 'y'.repeat(100_000), 'x-b': 'z' }, Buffer.alloc(1024 ** 2), {
    key: Buffer.alloc(50_000),
  })
  const record = toQuarantined(context, big, { reason: 'too-large', message: '' }, now)
  assert.ok(record.value.length < 900 * 1024, String(record.value.length))
  assert.equal((json(record) as { valueSize: number }).valueSize, 1024 ** 2)
})

for (const timestamp of [-1, Number.NaN, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1.5]) {
  test(`a record of the time ${timestamp} is quarantined like any other`, () => {
    const record = toQuarantined(context, incoming({}, 'x', { timestamp }), {
      reason: 'invalid',
      message: '',
    })
    assert.match((json(record) as { recordTime: string }).recordTime, /^\d{4}-/)
  })
}
