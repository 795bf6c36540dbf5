// What leaves a slot is in Kafka, or told of, before that is said; when the node stops nothing is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Surely } from '../../../gateway/delivery/surely.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'
import { begin, createSlotState } from '../../../gateway/moving/slot-state.ts'
import { createDepartures } from '../../../gateway/slots/departures.ts'
import { readRecord } from '../../../gateway/slots/read-record.ts'
import { incoming, quietEvents } from '../fakes.ts'

const secret = 'a secret of this test'
const [one, two] = ['A'.repeat(22), 'B'.repeat(22)]
const read = { from: 'slot', maxTargets: 3, secrets: [secret] } as const

/** `slots` says what becomes of what is written to slots; reports are always taken. */
function departing(slots: Surely = () => Promise.resolve('published')) {
  const written: OutgoingRecord[] = []
  const events = quietEvents()
  const departures = createDepartures({
    surely(record) {
      if (record.topic.startsWith('slot.')) return slots(record)
      written.push(record)
      return Promise.resolve('published')
    },
    events,
    reports: { node: 'a', cluster: 'test', topics: { receipts: 'receipts', quarantine: 'quarantine' } },
    secret,
    slotTopic: 'slot.',
  })
  const told = () =>
    written.map(({ topic, value }) => {
      const { reason, target } = JSON.parse(value?.toString() ?? '') as Record<string, string>
      return `${topic} ${reason ?? ''} ${target ?? ''}`.trim()
    })
  return { departures, events, told, written }
}

function waiting(headers: Record<string, string> = {}, offset = 7) {
  const what = readRecord(0, incoming({ ce_session: one, ...headers }, '1', { offset }), read)
  assert.ok(what.kind === 'one')
  // Everything from 5 on came after this holder’s fence.
  return begin(createSlotState(0, 1, 5, 5, 3), what.arrival)
}

for (const [failure, reason] of [
  ['too-large', 'too-large'],
  ['route-unavailable', 'no-session'],
] as const) {
  test(`what cannot be sent on for ${failure} is reported`, async () => {
    const { departures, told, events } = departing(() => Promise.resolve(failure))
    await departures.forward(waiting(), 3, 5)
    assert.deepEqual(told(), [`receipts ${reason} session:${one}`])
    assert.equal(await events.count('forwards', failure), 1)
  })
}

test('what may have arrived and cannot be sent on is reported as unconfirmed', async () => {
  const { departures, told } = departing(() => Promise.resolve('too-large'))
  await departures.forward(waiting({}, 2), 3, 5)
  assert.deepEqual(told(), [`receipts unconfirmed session:${one}`])
})

test('what is sent on says where it stood and for which generation', async () => {
  const sent: OutgoingRecord[] = []
  const { departures, told } = departing((record) => {
    sent.push(record)
    return Promise.resolve('published')
  })
  await departures.forward(waiting(), 3, 5)
  const [record] = sent
  assert.deepEqual(
    [record?.topic, record?.key, record?.headers['ce_place'], record?.headers['ce_generation']],
    ['slot.3', one, '0/7', '5'],
  )
  assert.deepEqual(told(), [])
})

test('of several sessions, those that cannot be sent on are reported one by one', async () => {
  const record = incoming({ ce_to: `session:${one},session:${two},session:${one}` })
  const what = readRecord(0, record, read)
  assert.ok(what.kind === 'several')
  const { departures, told } = departing(({ headers }) =>
    Promise.resolve(headers['ce_to'] === `session:${two}` ? 'too-large' : 'published'),
  )
  await departures.split(what.delivery, record)
  assert.deepEqual(told(), [`receipts too-large session:${two}`])
})

test('a part of a log that is gone is reported', async () => {
  const { departures, told, written, events } = departing()
  await departures.lostRange('slot.0', 5, 9)
  assert.deepEqual(told(), ['receipts lost-range'])
  assert.match(written[0]?.value?.toString() ?? '', /"from":"5","to":"9"/)
  assert.equal(await events.count('undeliverable', 'lost-range'), 1)
})

test('when the node stops it is said of nothing that it has left', async () => {
  const stopped = (): Promise<never> => Promise.reject(new Error('stopped'))
  const { departures } = departing(stopped)
  await assert.rejects(departures.forward(waiting(), 3, 5), /stopped/)
  const record = incoming({ ce_to: `session:${one},session:${two}` })
  const what = readRecord(0, record, read)
  assert.ok(what.kind === 'several')
  await assert.rejects(departures.split(what.delivery, record), /stopped/)
})
