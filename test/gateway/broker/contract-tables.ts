// What every table on a compacted topic promises, whatever broker the topic is on.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createTable } from '../../../gateway/broker/table.ts'
import type { Publishable, PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { quietEvents } from '../fakes.ts'
import { createTopic, type OpenWorld, type World } from './contract-fixture.ts'

const never = new AbortController().signal
const long = { timeoutMs: 20_000 }

async function opened(t: TestContext, open: OpenWorld) {
  const world = await open(t)
  const topic = await createTopic(world.broker)
  const publisher = world.broker.publisher()
  const put = async (key: string, value: string | null): Promise<void> => {
    const record: Publishable = {
      topic,
      key,
      value: value === null ? null : Buffer.from(value),
      headers: {},
    } as Publishable
    const { ok } = await new Promise<PublishOutcome>((resolve) => void publisher.publish(record, resolve))
    assert.ok(ok)
  }
  return { ...world, topic, put }
}

function tableOf(
  t: TestContext,
  { broker, topic }: Pick<World, 'broker'> & { topic: string },
  most = { entries: 1_000, bytes: 100_000 },
) {
  const stop = new AbortController()
  onEnd(t, () => stop.abort())
  const events = quietEvents()
  const troubles: string[] = []
  const told: string[] = []
  const table = createTable({
    ranges: broker.ranges,
    topic,
    most,
    events: { tableRead: events.tableRead, tableTrouble: (_topic, why) => void troubles.push(why) },
    signal: stop.signal,
    lookEvery: 300,
  })
  table.onChange((key, value) => void told.push(`${key}=${value === undefined ? '-' : String(value)}`))
  const all = () => Object.fromEntries([...table.entries()].map(([key, value]) => [key, String(value)]))
  return { table, troubles, told, all }
}

export function tablesContract(kind: string, open: OpenWorld): void {
  test(`${kind}: a table has the newest value of each key when it is ready, and follows what comes`, async (t) => {
    const world = await opened(t, open)
    await world.put('a', '1')
    await world.put('b', '1')
    await world.put('a', '2')
    await world.put('b', null)
    const { table, told, all, troubles } = tableOf(t, world)
    assert.notEqual(table.trouble, undefined)
    assert.equal(await table.current(1_000), false)
    await table.ready(never)
    assert.deepEqual([all(), table.size, table.trouble], [{ a: '2' }, 1, undefined])
    await world.put('c', '3')
    await waitFor(() => table.get('c'))
    await world.put('a', null)
    await waitFor(() => table.get('a') === undefined)
    assert.deepEqual(all(), { c: '3' })
    assert.deepEqual(told, ['a=1', 'b=1', 'a=2', 'b=-', 'c=3', 'a=-'])
    assert.deepEqual(troubles, [])
  })

  test(`${kind}: an empty topic is ready at once, and a question whether it is current reads what is there`, async (t) => {
    const world = await opened(t, open)
    const { table, all } = tableOf(t, world)
    await table.ready(never)
    assert.equal(await table.current(5_000), true)
    for (let n = 0; n < 20; n++) {
      await world.put('k', String(n))
      assert.equal(await table.current(5_000), true)
      assert.deepEqual(all(), { k: String(n) })
    }
  })

  test(`${kind}: what is let go of is not found, and comes back with its next record`, async (t) => {
    const world = await opened(t, open)
    await world.put('a', '1')
    const { table, told } = tableOf(t, world)
    await table.ready(never)
    table.forget('a')
    assert.deepEqual([table.get('a'), table.size], [undefined, 0])
    await world.put('a', '1')
    await waitFor(() => table.get('a'))
    assert.deepEqual(told, ['a=1', 'a=1'])
  })

  test(`${kind}: a topic that was made anew or cut is read again, and what is gone with it is told`, async (t) => {
    const world = await opened(t, open)
    for (const key of ['a', 'b', 'c']) await world.put(key, '1')
    const { table, told, all } = tableOf(t, world)
    await table.ready(never)
    await world.recreate(world.topic)
    await world.put('b', '2')
    await waitFor(() => table.get('a') === undefined && String(table.get('b')) === '2', long)
    assert.deepEqual(all(), { b: '2' })
    await waitFor(() => table.current(1_000), long)
    assert.deepEqual(told.slice(3).toSorted(), ['a=-', 'b=2', 'c=-'])
    await world.put('d', '1')
    await waitFor(() => table.get('d'))
    assert.deepEqual(all(), { b: '2', d: '1' })
  })

  test(`${kind}: a topic that is not there is named with what makes it, until it is there`, async (t) => {
    const world = await opened(t, open)
    const topic = randomName('missing')
    const { table, troubles } = tableOf(t, { broker: world.broker, topic })
    const aborted = AbortSignal.timeout(300)
    await assert.rejects(table.ready(aborted))
    await waitFor(() => troubles.length > 0, long)
    assert.match(String(table.trouble), new RegExp(`${topic}; ./openclaw topics apply`))
    assert.equal(troubles.length, 1)
    await world.broker.topics.create([
      { name: topic, partitions: 1, replication: 1, configs: {}, purpose: 'a test' },
    ])
    await table.ready(AbortSignal.timeout(20_000))
    assert.equal(table.trouble, undefined)
  })

  test(`${kind}: more than fits is said for as long as it lasts, told to listeners, and never taken for all there is`, async (t) => {
    const world = await opened(t, open)
    const { table, troubles, told, all } = tableOf(t, world, { entries: 10, bytes: 10_000 })
    await table.ready(never)
    for (let n = 0; n < 11; n++) await world.put(`k${n}`, 'v')
    await waitFor(() => table.trouble)
    assert.match(String(table.trouble), /tables\.entries/)
    assert.equal(await table.current(5_000), false)
    assert.equal(table.size, 10)
    assert.equal(told.at(-1), 'k10=v')
    for (let n = 0; n < 3; n++) await world.put(`k${n}`, null)
    await waitFor(() => table.trouble === undefined, long)
    assert.equal(all()['k10'], 'v')
    assert.equal(await table.current(5_000), true)
    assert.equal(table.size, 8)
    assert.equal(troubles.length, 1)
    await world.put('large', 'x'.repeat(10_001))
    await waitFor(() => table.trouble)
    await world.put('large', null)
    await waitFor(() => table.trouble === undefined, long)
  })
}
