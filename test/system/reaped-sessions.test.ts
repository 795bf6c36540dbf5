// A node that died with five thousand sessions: one round of another node's reaper tells the end of each, on real Kafka and Redis.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromJsonString } from '@bufbuild/protobuf'
import { SessionEventSchema } from '#schemas/events_pb.ts'
import { createBroker } from '../../gateway/broker/broker.ts'
import type { SessionEntry } from '../../gateway/delivery/ports.ts'
import { createRegistry } from '../../gateway/registry/registry.ts'
import { createSessionEvents, notResumed } from '../../gateway/session/session-events.ts'
import { kafkaConfig, silent } from '../gateway/broker/fixture.ts'
import { quietEvents } from '../gateway/fakes.ts'
import { onEnd } from '../support/cleanup.ts'
import { randomName } from '../support/names.ts'
import { testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'
import { readAll } from './read-all.ts'

const count = 5_000

test('every final event of a killed node with 5,000 sessions is in Kafka, and its entries are gone', async (t) => {
  const { brokers, redisUrl } = await testStack()
  const topics = { events: randomName('events'), sessions: randomName('sessions') }
  const broker = createBroker(kafkaConfig({ brokers: [...brokers] }), { log: silent })
  onEnd(t, () => broker.close(2_000))
  const compacted = { 'cleanup.policy': 'compact' }
  await broker.topics.create([
    { name: topics.events, partitions: 6, replication: 1, configs: {}, purpose: 'a test' },
    { name: topics.sessions, partitions: 6, replication: 1, configs: compacted, purpose: 'a test' },
  ])

  const redis = { url: redisUrl, prefix: randomName(), commandTimeout: 5_000 }
  const open = async (leaseTtlMs: number) => {
    const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs, slots: 8 })
    onEnd(t, () => registry.close())
    return registry
  }
  const [mortal, survivor] = [await open(1), await open(60_000)]
  const lease = (await mortal.leases.take('dead', {})) ?? assert.fail('no slot was free')
  const entries: SessionEntry[] = Array.from({ length: count }, (_, n) => ({
    session: randomName('s'),
    tenant: 'acme',
    ...(n % 10 === 0 ? {} : { user: `user-${n % 3_000}` }),
    slot: lease.slot,
    epoch: lease.epoch,
    generation: 1_772_366_400_250 + n,
  }))
  await mortal.sessions.bindAll(entries)
  await waitFor(async () => (await survivor.sessions.liveSlots()).found.length === 0)

  const publisher = broker.publisher()
  await broker.connect(new AbortController().signal)
  const context = { node: 'survivor', cluster: 'main', topics }
  const told = createSessionEvents(publisher, context, quietEvents())
  onEnd(t, () => told.stop(0))
  const cpu = process.cpuUsage()
  const since = performance.now()
  const removed = await survivor.sessions.reap({ graceMs: 0, limit: 1_000, report: told.reaped })
  const ms = performance.now() - since
  const { user, system } = process.cpuUsage(cpu)
  assert.equal(removed, count)
  t.diagnostic(
    JSON.stringify({
      sessions: count,
      reapedAndToldMs: Math.round(ms),
      cpuMs: Math.round((user + system) / 1_000),
    }),
  )
  assert.equal((await survivor.sessions.ofSession(entries[0]?.session ?? '')).found, undefined)

  const read = await readAll(t, brokers, Object.values(topics))
  const ids = (topic: string, isTombstone: boolean): string[] =>
    read.flatMap(({ topic: at, message: { value, headers } }) =>
      at === topic && (value === null) === isTombstone ? [String(headers?.['ce_id'])] : [],
    )
  const expected = entries
    .map(({ session, generation }) => `${session}/${generation}/ended`)
    .toSorted(compare)
  for (const found of [ids(topics.events, false), ids(topics.sessions, false), ids(topics.sessions, true)])
    assert.deepEqual(found.toSorted(compare), expected)

  const table = new Map(
    read.flatMap(({ topic, message: { key, value } }) =>
      topic === topics.sessions ? [[String(key), value] as const] : [],
    ),
  )
  assert.equal(table.size, count)
  assert.ok(
    [...table.values()].every((value) => value === null),
    'nobody is left in the table',
  )
  for (const { message } of read) {
    if (message.value === null) continue
    const said = fromJsonString(SessionEventSchema, String(message.value))
    assert.deepEqual(
      [said.kind, said.reason, said.node, said.slot],
      ['ended', notResumed, 'survivor', lease.slot],
    )
  }
})

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other))
