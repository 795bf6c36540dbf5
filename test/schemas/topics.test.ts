// TOPICS.md: its examples are the messages of events.proto, and its tables have the headers that records really carry.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescMessage } from '@bufbuild/protobuf'
import { fromJsonString } from '@bufbuild/protobuf'
import { QuarantinedSchema, ReceiptSchema, SessionEventSchema } from '#schemas/events_pb.ts'
import { settings } from '../../gateway/config/settings.ts'
import { isUnreadable, readDelivery } from '../../gateway/delivery/delivery.ts'
import { toForward } from '../../gateway/delivery/forward.ts'
import { toCancel, toChannelRecord, toRecord } from '../../gateway/inbound/record.ts'
import { compileRoutes } from '../../gateway/inbound/routes.ts'
import type { Taken } from '../../gateway/payloads/payload-rule.ts'
import { toSessionEvents } from '../../gateway/session/event-records.ts'
import { notResumed } from '../../gateway/session/session-events.ts'
import { readControl, type SlotControl, toControl } from '../../gateway/slots/control-records.ts'
import { fakeSession, incoming } from '../gateway/fakes.ts'
import { linesIn, readDocument, sectionsOf, tableOf } from './markdown.ts'

const bodyOf = (title: string): string =>
  sectionsOf(readDocument('TOPICS.md')).find((section) => section.title === title)?.body ?? ''

const examples: readonly (readonly [section: string, schema: DescMessage])[] = [
  ['Receipts', ReceiptSchema],
  ['Quarantine', QuarantinedSchema],
  ['Session events', SessionEventSchema],
]

for (const [section, schema] of examples) {
  test(`the example of ${section.toLowerCase()} is a ${schema.name}`, () => {
    const lines = linesIn(bodyOf(section), 'json')
    assert.equal(lines.length, 1)
    for (const line of lines) fromJsonString(schema, line, { ignoreUnknownFields: false })
  })
}

const route = compileRoutes(
  settings.parse({
    session: { secrets: ['a secret of some length'] },
    routes: { chat: { topic: 'chat.in', headers: 'spring', claims: ['team'] } },
  }).routes,
).pick({ route: 'chat' }, '/')

const session = fakeSession({
  id: 'Jb1qZf0sT2Wc9mXo4LrD5g',
  principal: { tenant: 'acme', user: 'alice', claims: { team: 'red' } },
  origin: 'Jb1qZf0sT2Wc9mXo4LrD5g',
  slot: 3,
  replyTo: 'openclaw.slot.3',
})

/** A payload that had to be a message. */
const taken = {
  payload: { bytes: Buffer.from('{}'), contentType: 'application/json' },
  schema: 'proto:a.v1.M',
} as Taken

test('every header of an inbound record is in the table, and every row of the table is a header', () => {
  assert.ok(route)
  const frame = {
    kind: 'request',
    id: 'q-1',
    type: 'msg',
    sequence: 1n,
    headers: { 'x-…': '1' },
    trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    payload: { bytes: Buffer.from('{}'), contentType: 'application/json' },
  } as const
  const stamp = { cluster: 'main', now: 0, key: 'alice', id: 'q-1', expiresAt: 1, taken }
  const record = toRecord(frame, route, session, stamp)
  const written = new Set([...Object.keys(record.headers), ...Object.keys(toCancel('q-1', record).headers)])
  const spring = ['kafka_replyTopic', 'kafka_correlationId']
  const body = bodyOf("What a client's frame becomes")
  const named = tableOf(body, ['header', 'value']).map(([name]) => name)
  assert.deepEqual(new Set([...named, ...spring]), written)
  for (const name of spring) assert.ok(body.includes(`\`${name}\``))
})

test('every header of a message that a client publishes to a channel is in its table, and no other', () => {
  const record = toChannelRecord(
    {
      kind: 'publish',
      type: 'msg',
      key: 'k',
      sequence: 1n,
      headers: { 'x-…': '1' },
      trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      payload: { bytes: Buffer.from('{}'), contentType: 'application/json' },
    },
    { channel: 'room:7', topic: 'openclaw.channels' },
    session,
    { cluster: 'main', now: 0, key: 'room:7', id: 'm-3', taken },
  )
  const rows = tableOf(bodyOf("What a client's frame becomes"), ["header of a channel's message", 'value'])
  const named = rows.flatMap(([names = '']) => names.split(', '))
  assert.deepEqual(new Set(named), new Set(Object.keys(record.headers)))
})

const lifeContext = { node: 'gw-1', cluster: 'main', topics: { events: 'e', sessions: 's' } }
const life = {
  kind: 'detached',
  subject: {
    session: session.id,
    tenant: '',
    user: 'alice',
    slot: 3,
    generation: 1_772_366_400_250,
    client: { name: 'shop-web', version: '4.2.0' },
  },
  reason: 'abnormal',
  time: Date.parse('2026-03-01T12:00:00.250Z'),
} as const

test('the example of session events is what the gateway writes', () => {
  const [example = ''] = linesIn(bodyOf('Session events'), 'json')
  for (const { value } of toSessionEvents(lifeContext, life))
    assert.deepEqual(JSON.parse(String(value)), JSON.parse(example))
})

test('every header of a session event is in its table, and the tombstone has all but two', () => {
  const { subject } = life
  const of = { ...life, kind: 'ended', subject: { ...subject, tenant: 'acme' } } as const
  const [event, , tombstone] = toSessionEvents(lifeContext, of)
  const rows = tableOf(bodyOf('Session events'), ['header', 'value'])
  const named = rows.flatMap(([names = '']) => names.split(', '))
  assert.deepEqual(new Set(named), new Set(Object.keys(event?.headers ?? {})))
  const types = rows.find(([name]) => name === 'ce_type')?.[1]
  assert.equal(types, 'openclaw.session.connected, .resumed, .detached or .ended')
  const without = new Set(['ce_dataschema', 'content-type'])
  assert.deepEqual(
    new Set(named.filter((name) => !without.has(name))),
    new Set(Object.keys(tombstone?.headers ?? {})),
  )
})

test('the reasons of a final event that are no close are in their table', () => {
  const rows = tableOf(bodyOf('Session events'), ['`reason`', 'meaning'])
  assert.deepEqual(
    rows.map(([reason]) => reason),
    [notResumed],
  )
})

const secret = 'a secret of some length'

test('every header that a forward adds is in its table, and no other', () => {
  const record = incoming({ ce_to: 'user:alice', ce_tenant: 'acme' }, 'hi')
  const delivery = readDelivery(record, { from: 'dispatch', maxTargets: 1, secrets: [secret] })
  assert.ok(!isUnreadable(delivery))
  const to = { kind: 'session', session: session.id } as const
  const { headers } = toForward(record, delivery, to, 'slot.1', secret, { place: '3/7', generation: 1 })
  const rows = tableOf(bodyOf('Between gateways'), ["forward's header", 'value'])
  assert.deepEqual(new Set(rows.map(([name]) => name)), new Set(Object.keys(headers)))
})

const controls: readonly SlotControl[] = [
  { kind: 'takeover', session: 's', generation: 1, slot: 5, at: 80, atHash: 7, from: 42, had: 40 },
  { kind: 'settled', session: 's', from: 40, to: 42 },
  { kind: 'ended', session: 's', generation: 1, readFrom: 42, epoch: 9 },
  { kind: 'canary', node: 'gw-1', epoch: 9 },
]

test('every kind of control record is in its table, with what its value has', () => {
  const rows = tableOf(bodyOf('Between gateways'), ['control record', 'stands in', 'says', 'its value has'])
  assert.deepEqual(
    rows.map(([kind]) => kind),
    controls.map(({ kind }) => kind),
  )
  for (const [at, control] of controls.entries()) {
    const { value } = toControl(control, 'slot.1', secret)
    const named = rows[at]?.[3]?.split(', ')
    assert.deepEqual(new Set(named), new Set(Object.keys(JSON.parse(String(value)) as object)))
  }
})

test('the example of a control record is read as one', () => {
  const [example = ''] = linesIn(bodyOf('Between gateways'), 'json')
  const control = { kind: 'takeover', ...(JSON.parse(example) as object) } as SlotControl
  const { headers } = toControl(control, 'slot.0', secret)
  assert.deepEqual(readControl(incoming(headers, example), [secret]), control)
  assert.deepEqual(Object.keys(control), Object.keys(controls[0] ?? {}))
})
