// Session events reach Kafka in order and exactly as often as they should; those of a reaper all do, or its entries stay.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBroker } from '../../../gateway/broker/memory.ts'
import type { IncomingRecord, SessionEntry } from '../../../gateway/delivery/ports.ts'
import { createMemoryRegistry } from '../../../gateway/registry/memory.ts'
import { createSessionEvents, notResumed } from '../../../gateway/session/session-events.ts'
import { onEnd } from '../../support/cleanup.ts'
import { waitFor } from '../../support/wait.ts'
import { FakePublisher, notStored, quietEvents, stored, turn } from '../fakes.ts'

const context = { node: 'gw-1', cluster: 'main', topics: { events: 'events', sessions: 'sessions' } }
const alice = { session: 's-1', tenant: '', user: 'alice', slot: 3, generation: 7 }

const entriesOf = (count: number): SessionEntry[] =>
  Array.from({ length: count }, (_, n) => ({
    session: `s-${n}`,
    tenant: 'acme',
    ...(n % 10 === 0 ? {} : { user: `u-${n % 3_000}` }),
    slot: 3,
    epoch: 1,
    generation: 7,
  }))

function opened() {
  const publisher = new FakePublisher()
  publisher.outcome = () => stored()
  const events = quietEvents()
  const told = createSessionEvents(publisher, context, events)
  const ids = () =>
    publisher.records.map(
      ({ topic, headers, value }) => `${topic} ${value === null ? 'gone' : headers['ce_id']}`,
    )
  return { publisher, events, told, ids }
}

test('the life of a session is told in its order, and ends with its leaving the table', async () => {
  const { told, ids, events } = opened()
  told.connected(alice)
  told.detached(alice, 'abnormal')
  told.resumed({ ...alice, generation: 8 })
  told.ended({ ...alice, generation: 8 }, 'normal')
  await waitFor(() => told.waiting === 0)
  assert.deepEqual(ids(), [
    'events s-1/7/connected',
    'sessions s-1/7/connected',
    'events s-1/7/detached',
    'sessions s-1/7/detached',
    'events s-1/8/resumed',
    'sessions s-1/8/resumed',
    'events s-1/8/ended',
    'sessions s-1/8/ended',
    'sessions gone',
  ])
  assert.equal(await events.count('sessionEvents', 'published'), 4)
})

test('nobody waits for Kafka, and what it takes later is told in order', async () => {
  const { told, ids, publisher } = opened()
  publisher.full = true
  told.connected(alice)
  told.ended(alice, 'normal')
  assert.equal(told.waiting, 2)
  publisher.full = false
  await waitFor(() => told.waiting === 0)
  assert.deepEqual(ids(), [
    'events s-1/7/connected',
    'sessions s-1/7/connected',
    'events s-1/7/ended',
    'sessions s-1/7/ended',
    'sessions gone',
  ])
})

test('what waits is bounded, the end of sessions last; what is dropped is counted', async (t) => {
  const { told, events, publisher } = opened()
  publisher.full = true
  onEnd(t, () => told.stop(0))
  for (let n = 0; n < 50_010; n++) told.connected({ ...alice, session: `c-${n}` })
  assert.equal(told.waiting, 50_000)
  for (let n = 0; n < 50_020; n++) told.ended({ ...alice, session: `c-${n}` }, 'normal')
  assert.equal(told.waiting, 100_000)
  assert.equal(await events.count('sessionEvents', 'dropped'), 30)
  await assert.rejects(told.reaped(entriesOf(1)), /1 final session events/)
})

test('what no trying will help is counted, and the rest goes on', async () => {
  const { told, events, publisher, ids } = opened()
  publisher.outcome = ({ topic }) => (topic === 'sessions' ? notStored('route-unavailable') : stored())
  told.connected(alice)
  told.detached(alice, 'abnormal')
  await waitFor(() => told.waiting === 0)
  assert.equal(ids().filter((id) => id.startsWith('events ')).length, 2)
  assert.equal(await events.count('sessionEvents', 'route-unavailable'), 2)
})

test('a reaper is told only when Kafka has every final event', async () => {
  const { told, publisher } = opened()
  publisher.outcome = undefined
  let isTold = false
  const reaped = told.reaped(entriesOf(2)).then(() => {
    isTold = true
  })
  for (let n = 0; n < 6; n++) {
    await turn()
    assert.equal(isTold, false)
    publisher.settle(stored())
  }
  await reaped
  await told.reaped([])
})

test('a reaper is refused where Kafka will not have an event, and again after a stop', async () => {
  const { told, publisher } = opened()
  publisher.outcome = ({ headers }) =>
    headers['ce_session'] === 's-1' ? notStored('route-unavailable') : stored()
  await assert.rejects(told.reaped(entriesOf(3)), /not in Kafka: route-unavailable/)
  await waitFor(() => told.waiting === 0)
  await told.stop(0)
  await assert.rejects(told.reaped(entriesOf(3)), /not in Kafka: broker-unavailable/)
})

test('a reaper is refused when Kafka stays away, and its events are given up then', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { told, publisher } = opened()
  publisher.full = true
  const reaped = told.reaped(entriesOf(3))
  t.mock.timers.tick(20_000)
  await assert.rejects(reaped, /3 final session events are not in Kafka/)
  const now = performance.now()
  t.mock.method(performance, 'now', () => now + 20_001)
  t.mock.timers.tick(2_000)
  assert.equal(told.waiting, 0)
  assert.deepEqual(publisher.records, [])
})

test('the five thousand sessions of a dead node: each has its final event and leaves the table, in one round', async (t) => {
  const broker = createMemoryBroker()
  const topics = ['events', 'sessions'] as const
  await broker.topics.create(
    topics.map((name) => ({ name, partitions: 6, replication: 1, configs: {}, purpose: 'a test' })),
  )
  const read: IncomingRecord[] = []
  const reader = await broker.logs.readShared({
    topics: [...topics],
    group: 'backend',
    onBatch: (records) => Promise.resolve(void read.push(...records)),
  })
  const registry = createMemoryRegistry({ leaseTtlMs: 1, slots: 8 })
  onEnd(t, () => Promise.all([reader.stop(1_000), registry.close()]))
  const lease = await registry.leases.take('dead', {})
  assert.ok(lease)
  const entries = entriesOf(5_000).map((entry) => ({ ...entry, slot: lease.slot, epoch: lease.epoch }))
  await registry.sessions.bindAll(entries)
  await waitFor(async () => (await registry.sessions.liveSlots()).found.length === 0)

  const told = createSessionEvents(broker.publisher(), context, quietEvents())
  const since = performance.now()
  assert.equal(await registry.sessions.reap({ graceMs: 0, limit: 1_000, report: told.reaped }), 5_000)
  t.diagnostic(`5000 sessions reaped and told in ${(performance.now() - since).toFixed(0)} ms`)

  await waitFor(() => read.length === 15_000)
  const ids = (topic: string, isTombstone: boolean) =>
    read.flatMap(({ topic: at, value, headers }) =>
      at === topic && (value === null) === isTombstone ? [String(headers['ce_id'])] : [],
    )
  const expected = new Set(entries.map(({ session }) => `${session}/7/ended`))
  for (const found of [ids('events', false), ids('sessions', false), ids('sessions', true)]) {
    assert.equal(found.length, 5_000)
    assert.deepEqual(new Set(found), expected)
  }
  const table = new Map(
    read.flatMap(({ topic, key, value }) => (topic === 'sessions' ? [[String(key), value]] : [])),
  )
  assert.ok([...table.values()].every((value) => value === null))
  const reasons = new Set(
    read.flatMap(({ value }) => (value === null ? [] : [JSON.parse(String(value)).reason])),
  )
  assert.deepEqual(reasons, new Set([notResumed]))
})
