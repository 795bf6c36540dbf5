// What every broker promises of parts of logs: their ends, and what is read from here to there.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { numbers, type OpenWorld, outcomeOf, recordOf, worldOpener } from './contract-fixture.ts'
import { offsetsOf, rangeOf, tailOf, textsOf, timeoutMs } from './range-fixture.ts'

const upTo = (count: number) => numbers(count).map(Number)

export function rangesContract(kind: string, open: OpenWorld): void {
  const opened = worldOpener(open)

  test(`${kind}: a log tells its ends, also when it is empty, cut or gone`, async (t) => {
    const { broker, topic, append, truncate } = await opened(t)
    assert.deepEqual(await broker.ranges.ends(topic, timeoutMs), { start: 0, end: 0 })
    await append('a', 'b', 'c')
    assert.deepEqual(await broker.ranges.ends(topic, timeoutMs), { start: 0, end: 3 })
    await truncate(topic, 2)
    assert.deepEqual(await broker.ranges.ends(topic, timeoutMs), { start: 2, end: 3 })
    await truncate(topic, 3)
    assert.deepEqual(await broker.ranges.ends(topic, timeoutMs), { start: 3, end: 3 })
    await assert.rejects(broker.ranges.ends(randomName('missing'), 300), { name: 'BrokerFailure' })
  })

  test(`${kind}: a long range comes whole and in order, chunk after chunk`, async (t) => {
    const { broker, topic } = await opened(t)
    const publisher = broker.publisher()
    const values = Array.from({ length: 3_000 }, (_, n) => randomBytes(450).toString('base64') + n)
    await Promise.all(values.map((value, n) => outcomeOf(publisher, recordOf(topic, `k${n}`, value))))
    const chunks = await rangeOf(broker.ranges, topic, 10, 2_990)
    assert.ok(chunks.length >= 2)
    assert.deepEqual(textsOf(chunks), values.slice(10, 2_990))
    assert.deepEqual(offsetsOf(chunks), upTo(2_990).slice(10))
    let next = 10
    for (const { records, ...chunk } of chunks) {
      assert.ok(chunk.start <= 10, 'nothing was gone')
      assert.ok(records.every(({ offset }) => offset >= next && offset < chunk.next))
      next = chunk.next
    }
    assert.equal(next, 2_990)
    const first = chunks[0]?.records[0] as IncomingRecord
    assert.deepEqual([first.topic, first.partition, String(first.key)], [topic, 0, 'k10'])
    assert.equal(String(first.headers['n']), values[10])
    assert.ok(Math.abs(Date.now() - first.timestamp) < 60_000)
    assert.deepEqual(await rangeOf(broker.ranges, topic, 7, 7), [])
  })

  test(`${kind}: what was aborted is no part of a range, and a range that ends with it ends`, async (t) => {
    const { broker, topic, append, skip } = await opened(t)
    await append('a', 'b')
    await skip(topic, 3)
    await append('c')
    await skip(topic, 2)
    const { end } = await broker.ranges.ends(topic, timeoutMs)
    assert.equal(end, 8)
    const all = await rangeOf(broker.ranges, topic, 0, end)
    assert.deepEqual(offsetsOf(all), [0, 1, 5])
    assert.equal(all.at(-1)?.next, 8)
    for (const to of [3, 4, 5]) assert.deepEqual(offsetsOf(await rangeOf(broker.ranges, topic, 1, to)), [1])
    assert.deepEqual(offsetsOf(await rangeOf(broker.ranges, topic, 6, 8)), [])
    const { chunks, offsets } = tailOf(t, broker.ranges, topic, 2)
    await waitFor(() => chunks.at(-1)?.next === 8)
    assert.deepEqual(offsets(), [5])
  })

  test(`${kind}: a range whose beginning is gone says so and has the rest`, async (t) => {
    const { broker, topic, append, truncate } = await opened(t)
    await append(...numbers(10))
    await truncate(topic, 4)
    const chunks = await rangeOf(broker.ranges, topic, 1, 8)
    assert.equal(chunks[0]?.start, 4)
    assert.deepEqual(offsetsOf(chunks), [4, 5, 6, 7])
    assert.ok((await rangeOf(broker.ranges, topic, 4, 8)).every(({ start }) => start <= 4))
    const none = await rangeOf(broker.ranges, topic, 0, 3)
    assert.deepEqual([none[0]?.start, offsetsOf(none), none.at(-1)?.next], [4, [], 3])
    const { chunks: tailed, offsets } = tailOf(t, broker.ranges, topic, 2)
    await waitFor(() => offsets().length === 6)
    assert.equal(tailed[0]?.start, 4)
  })

  test(`${kind}: what has not been written yet is waited for, and no longer than was said`, async (t) => {
    const { broker, topic, append } = await opened(t)
    await append('a', 'b')
    const waiting = rangeOf(broker.ranges, topic, 0, 3)
    await append('c')
    assert.deepEqual(offsetsOf(await waiting), [0, 1, 2])
    const since = performance.now()
    await assert.rejects(rangeOf(broker.ranges, topic, 0, 4, { timeoutMs: 300 }), { name: 'BrokerFailure' })
    // As where the topic was recreated since: the log ends before the range begins.
    const beyond = rangeOf(broker.ranges, topic, 50, 60, { timeoutMs: 300 })
    await assert.rejects(beyond, { name: 'BrokerFailure' })
    await assert.rejects(rangeOf(broker.ranges, randomName('missing'), 0, 1, { timeoutMs: 300 }), {
      name: 'BrokerFailure',
    })
    assert.ok(performance.now() - since < 5_000)
  })

  test(`${kind}: a range that is not wanted any more ends at once`, async (t) => {
    const { broker, topic, append } = await opened(t)
    await append('a')
    const ending = new AbortController()
    const reading = rangeOf(broker.ranges, topic, 0, 5, { signal: ending.signal })
    const since = performance.now()
    ending.abort()
    await assert.rejects(reading, { name: 'BrokerFailure' })
    await assert.rejects(rangeOf(broker.ranges, topic, 0, 1, { signal: ending.signal }), {
      name: 'BrokerFailure',
    })
    assert.ok(performance.now() - since < 200)
  })
}
