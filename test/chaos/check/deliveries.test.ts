// I4 and I5 in histories written by hand: each breach is caught, and what is allowed is not taken for one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../history.ts'
import { broken, did, failed, fault, judge, toDispatch, toSlot } from './histories.ts'

const lost = { topic: 'slot.1', partition: 0, from: 3, to: 7 }
const other = { client: 1 }
const careless = { client: 2 }
const d = toSlot(1_000, 5, 'd', 'session:s0')
const place = 'slot.1/0/5'
/** Client 0 was on session s0 from 500 to 2,000, and is back on it without a gap from 3,000 on. */
const back = [
  did.welcome(500, 's0'),
  did.closed(2_000),
  did.welcome(3_000, 's0', { connection: 2, resumed: true, before: 's0' }),
]

test('a delivery that arrived, one that was reported and one that a gap covers break nothing', async () => {
  const judgement = await judge(
    did.welcome(500, 's0'),
    did.received(1_001, 'd', 's0'),
    did.closed(2_000),
    did.welcome(9_000, 's1', { connection: 2, before: 's0', recovered: false }),
    d,
    toSlot(2_100, 6, 'e', 'session:s0'),
    toSlot(9_500, 7, 'f', 'session:s0'),
    failed(9_600, 'slot.1/0/7', 'session:s0', 'no-session'),
  )
  assert.deepEqual(broken(judgement), [])
  const { deliveries: counts } = judgement
  assert.deepEqual([counts['deliveries'], counts['delivered'], counts['missing']], [3, 1, 0])
  assert.deepEqual([counts['told by a gap alone'], counts['reported no-session']], [1, 1])
})

test('I4: a delivery on another session, also one of the same client, is found', async () => {
  const onOther = await judge(
    did.welcome(1, 's1', other),
    did.received(1_001, 'd', 's1', other),
    d,
    failed(1_002, place, 'session:s0', 'unconfirmed'),
  )
  assert.deepEqual(broken(onOther), ['I4 delivered to another session'])
  const onNext = await judge(...back, did.received(3_001, 'd', 's1'), did.received(3_002, 'd', 's0'), d)
  assert.deepEqual(broken(onNext), ['I4 delivered to another session'])
})

test('I4: a delivery to another user, and one that nobody sent, are found', async () => {
  const judgement = await judge(
    did.received(1, 'd', 's1', other),
    did.received(2, 'ghost', 's1', other),
    toDispatch(0, 0, 'd', 'user:u0'),
    toSlot(1, 5, 'd', 'session:s1', { origin: 'dispatch/0/0' }),
  )
  assert.deepEqual(broken(judgement), ['I4 delivered to another user', 'I4 delivered though nobody sent it'])
})

test('I5: a delivery of which nothing came and nothing was said is found', async () => {
  const judgement = await judge(...back, d)
  assert.deepEqual(broken(judgement), ['I5 missing'])
  assert.deepEqual(judgement.violations[0]?.sessions, ['s0'])
})

test('I5: a gap that was told before the delivery, or long after it, does not cover it', async () => {
  const gap = (at: number) => did.welcome(at, 's0', { connection: 2, before: 's0', recovered: false })
  const history = (at: number): Entry[] => [did.welcome(500, 's0'), did.closed(600), gap(at), d]
  assert.deepEqual(broken(await judge(...history(900))), ['I5 missing'])
  assert.deepEqual(broken(await judge(...history(5_000))), [])
  assert.deepEqual(broken(await judge(...history(500_000))), ['I5 missing'])
})

test('I5: a gap does not cover what was passed over while the session was connected', async () => {
  const judgement = await judge(
    did.welcome(500, 's0'),
    did.received(1_200, 'e', 's0'),
    did.closed(2_000),
    did.welcome(3_000, 's1', { connection: 2, before: 's0', recovered: false }),
    d,
    toSlot(1_100, 6, 'e', 'session:s0'),
  )
  assert.deepEqual(broken(judgement), ['I5 skipped while connected'])
})

test('I5: a lost range covers the deliveries in it and no others', async () => {
  const range = failed(4_000, 'slot.1/0/3', '', 'lost-range', { lost })
  const judgement = await judge(...back, d, toSlot(1_000, 7, 'e', 'session:s0'), range)
  assert.deepEqual(broken(judgement), ['I5 missing'])
  assert.deepEqual(judgement.violations[0]?.uuids, ['e'])
})

test('I5: a report of what arrived is found, unless it says unconfirmed', async () => {
  const arrived = [...back, did.received(1_500, 'd', 's0'), d]
  for (const reason of ['no-session', 'too-many-hops', 'slow', 'deadline-passed']) {
    const judgement = await judge(...arrived, failed(2_500, place, 'session:s0', reason))
    assert.deepEqual(broken(judgement), ['I5 reported though it arrived'], reason)
  }
  assert.deepEqual(broken(await judge(...arrived, failed(2_500, place, 'session:s0', 'unconfirmed'))), [])
})

test('I5: no-session for a session that is connected all the time is found', async () => {
  const report = failed(1_500, place, 'session:s0', 'no-session')
  const up = await judge(did.welcome(-20_000, 's0'), d, report)
  assert.deepEqual(broken(up), ['I5 reported though connected'])
  assert.deepEqual(broken(await judge(...back, d, report)), [])
})

test('I5: what was sent to a user has to be sent on or reported', async () => {
  const sent = toDispatch(1_000, 0, 'd', 'user:u0')
  assert.deepEqual(broken(await judge(...back, sent)), ['I5 never resolved'])
  const report = failed(1_500, 'dispatch/0/0', 'user:u0', 'no-session')
  assert.deepEqual(broken(await judge(...back, sent, report)), [])
  const resolved = toSlot(1_001, 5, 'd', 'session:s0', { origin: 'dispatch/0/0' })
  assert.deepEqual(broken(await judge(...back, sent, resolved)), ['I5 missing'])
  assert.deepEqual(broken(await judge(...back, did.received(3_001, 'd', 's0'), sent, resolved)), [])
})

test('I5: no-session for a user who is connected for long is found, unless Redis was away', async () => {
  const sent = toDispatch(60_000, 0, 'd', 'user:u0')
  const report = failed(60_100, 'dispatch/0/0', 'user:u0', 'no-session')
  const up = did.welcome(1, 's0')
  assert.deepEqual(broken(await judge(up, sent, report)), ['I5 reported though connected'])
  const wiped = fault(1, 'redis wiped', 50_000, 51_000)
  assert.deepEqual(broken(await judge(...wiped, up, sent, report)), [])
})

test('I5: what does not arrive in the order of its log is found; what was sent on may change places', async () => {
  const e = toSlot(1_100, 6, 'e', 'session:s0')
  const swapped = [...back, did.received(1_200, 'e', 's0'), did.received(1_201, 'd', 's0'), d, e]
  assert.deepEqual(broken(await judge(...swapped)), ['I5 out of log order'])
  const sentOn = toSlot(1_150, 0, 'd', 'session:s0', { origin: place, topic: 'slot.2' })
  assert.deepEqual(broken(await judge(...swapped, sentOn)), [])
})

test('a client that does not confirm may lose what came shortly before its connection ended, and no more', async () => {
  const to = toSlot(1_000, 5, 'd', 'session:s2')
  const up = did.welcome(500, 's2', careless)
  const judgement = await judge(up, did.closed(2_000, careless), to)
  assert.deepEqual(broken(judgement), [])
  assert.equal(judgement.deliveries['lost with the connection of one that does not confirm'], 1)
  assert.deepEqual(broken(await judge(up, did.closed(60_000, careless), to)), ['I5 missing'])
})

test('a second reply to one request, and one to a request that was refused, need not be shown', async () => {
  const request = { request: 'i0-1' }
  const [one, two] = [
    toSlot(900, 4, 'c', 'session:s0', request),
    toSlot(1_000, 5, 'd', 'session:s0', request),
  ]
  const reply = did.received(950, 'c', 's0', { as: 'reply', ...request })
  assert.deepEqual(broken(await judge(...back, reply, one, two)), [])
  assert.deepEqual(broken(await judge(...back, did.refused(800, 'i0-1'), two)), [])
  assert.deepEqual(broken(await judge(...back, two)), ['I5 missing'])
})

test('a record in quarantine is found: nobody wrote one that cannot be read', async () => {
  const entry: Entry = { e: 'quarantined', at: 1, origin: 'slot.1/0/9', detail: 'what is it' }
  assert.deepEqual(broken(await judge(entry)), ['I5 quarantined'])
})
