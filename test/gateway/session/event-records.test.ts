// The records of a session event: where they go, what they say, and that nothing a client or a registry says can stop them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromJsonString } from '@bufbuild/protobuf'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import { SessionEventSchema } from '#schemas/events_pb.ts'
import { type SessionEvent, subjectOf, toSessionEvents } from '../../../gateway/session/event-records.ts'
import { fakeSession } from '../fakes.ts'

const context = { node: 'gw-1', cluster: 'main', topics: { events: 'events', sessions: 'sessions' } }
const time = Date.parse('2026-03-01T12:00:00.250Z')
const subject = { session: 's-1', tenant: 'acme', user: 'alice', slot: 3, generation: 1_772_366_400_250 }

const valueOf = (of: Partial<SessionEvent> = {}) => {
  const [first] = toSessionEvents(context, { kind: 'connected', subject, time, ...of })
  return fromJsonString(SessionEventSchema, String(first?.value), { ignoreUnknownFields: false })
}

test('an event is one record for the log, by user, and the same for the table, by session', () => {
  const records = toSessionEvents(context, { kind: 'detached', subject, reason: 'abnormal', time })
  assert.deepEqual(
    records.map(({ topic, key }) => [topic, key]),
    [
      ['events', 'alice'],
      ['sessions', 's-1'],
    ],
  )
  const [event, row] = records
  assert.deepEqual(row?.value, event?.value)
  assert.deepEqual(row?.headers, event?.headers)
  assert.deepEqual(event?.headers, {
    ce_specversion: '1.0',
    ce_source: '/openclaw/main',
    ce_id: 's-1/1772366400250/detached',
    ce_type: 'openclaw.session.detached',
    ce_subject: 'alice',
    ce_tenant: 'acme',
    ce_time: '2026-03-01T12:00:00.250Z',
    ce_session: 's-1',
    ce_dataschema: 'proto:openclaw.v1.SessionEvent',
    'content-type': 'application/json',
  })
})

test('the end of a session takes it out of the table, behind its last event', () => {
  const [event, row, tombstone, ...more] = toSessionEvents(context, {
    kind: 'ended',
    subject,
    reason: 'normal',
    time,
  })
  assert.deepEqual(more, [])
  assert.ok(event?.value && row?.value)
  assert.deepEqual([tombstone?.topic, tombstone?.key, tombstone?.value], ['sessions', 's-1', null])
  const { ce_dataschema: _, 'content-type': __, ...about } = event.headers
  assert.deepEqual(tombstone?.headers, about)
})

test('an anonymous session is its own key, and has neither subject nor tenant', () => {
  const { user: _, ...anonymous } = { ...subject, tenant: '' }
  const [event] = toSessionEvents(context, { kind: 'connected', subject: anonymous, time })
  assert.equal(event?.key, 's-1')
  assert.ok(event && !('ce_subject' in event.headers) && !('ce_tenant' in event.headers))
  assert.equal(valueOf({ subject: anonymous }).user, undefined)
})

test('the value says all that is known', () => {
  const client = { name: 'shop-web', version: '4.2.0' }
  const said = valueOf({ kind: 'resumed', subject: { ...subject, client } })
  assert.equal(said.kind, 'resumed')
  assert.deepEqual([said.session, said.user, said.tenant, said.node], ['s-1', 'alice', 'acme', 'gw-1'])
  assert.deepEqual([said.slot, said.generation, said.reason], [3, 1_772_366_400_250n, undefined])
  assert.deepEqual([said.clientName, said.clientVersion], ['shop-web', '4.2.0'])
  assert.ok(said.time)
  assert.equal(timestampMs(said.time), time)
  assert.equal(valueOf({ kind: 'ended', reason: 'not-resumed' }).reason, 'not-resumed')
})

test('a session is its own subject', () => {
  const client = { name: 'shop-web' }
  const session = fakeSession({ slot: 4, generation: 9, client })
  assert.deepEqual(subjectOf(session), {
    session: session.id,
    tenant: '',
    user: 'alice',
    slot: 4,
    generation: 9,
    client,
  })
})

test('no text and no number can stop an event', () => {
  const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))
  const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, 2 ** 60))
  const any = fc.record({
    session: anyText,
    tenant: anyText,
    user: anyText,
    slot: number,
    generation: number,
    client: fc.record({ name: anyText, version: anyText }),
  })
  fc.assert(
    fc.property(any, anyText, number, (of, reason, when) => {
      const records = toSessionEvents(context, { kind: 'ended', subject: of, reason, time: when })
      assert.equal(records.length, 3)
      fromJsonString(SessionEventSchema, String(records[0]?.value), { ignoreUnknownFields: false })
    }),
  )
})
