// What every broker promises of reading slots and shared topics.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { waitFor } from '../../support/wait.ts'
import {
  numbers,
  type OpenBroker,
  opener,
  outcomeOf,
  readSlot,
  recordOf,
  stopMs,
} from './contract-fixture.ts'

export function readingContract(kind: string, open: OpenBroker): void {
  const opened = opener(open)

  test(`${kind}: a slot is read from its beginning, with all that a record has, and goes on`, async (t) => {
    const { broker, publisher, topic } = await opened(t)
    for (const n of numbers(5)) await outcomeOf(publisher, recordOf(topic, `k${n}`, n))
    const { seen, texts, reader } = await readSlot(t, broker, topic, 1)
    await waitFor(() => seen.length === 5)
    await outcomeOf(publisher, { ...recordOf(topic, 'ключ', 'six'), headers: { größe: '6 €' } })
    await waitFor(() => seen.length === 6)
    assert.deepEqual(texts(), [...numbers(5), 'six'])
    const last = seen.at(-1) as IncomingRecord
    assert.deepEqual([last.topic, last.partition, last.offset, String(last.key)], [topic, 0, 5, 'ключ'])
    assert.equal(String(last.headers['größe']), '6 €')
    assert.ok(Math.abs(Date.now() - last.timestamp) < 60_000)
    assert.equal(reader.nextOffset, 6)
    await waitFor(() => reader.lag === 0)
    assert.equal(await reader.stillOwner(1_000), 'owner')
  })

  test(`${kind}: the next holder goes on behind what was settled, not behind what was read`, async (t) => {
    const { broker, publisher, topic } = await opened(t)
    for (const n of numbers(10)) await outcomeOf(publisher, recordOf(topic, 'k', n))
    const first = await readSlot(t, broker, topic, 1, { settledOffset: () => 4 })
    await waitFor(() => first.seen.length === 10)
    await first.reader.stop(stopMs)
    assert.deepEqual(first.lost, [])
    const second = await readSlot(t, broker, topic, 2)
    await waitFor(() => second.seen.length === 6)
    assert.deepEqual(second.texts(), numbers(10).slice(4))
  })

  test(`${kind}: the higher epoch has the slot; the lower one is told once and reads no more`, async (t) => {
    const { broker, publisher, topic } = await opened(t)
    await outcomeOf(publisher, recordOf(topic, 'k', 'a'))
    const older = await readSlot(t, broker, topic, 5, { settledOffset: () => undefined })
    await waitFor(() => older.seen.length === 1)
    const newer = await readSlot(t, broker, topic, 6)
    await waitFor(() => older.lost.length === 1, { timeoutMs: 15_000 })
    await outcomeOf(publisher, recordOf(topic, 'k', 'b'))
    await waitFor(() => newer.seen.length === 2, { timeoutMs: 15_000 })
    assert.deepEqual(newer.texts(), ['a', 'b'])
    assert.deepEqual(older.texts(), ['a'])
    assert.equal(older.lost.length, 1)
    assert.equal(await older.reader.stillOwner(1_000), 'not-owner')
    assert.equal(await newer.reader.stillOwner(10_000), 'owner')
    await assert.rejects(readSlot(t, broker, topic, 4), { name: 'BrokerFailure' })
    await outcomeOf(publisher, recordOf(topic, 'k', 'c'))
    await waitFor(() => newer.seen.length === 3, { timeoutMs: 15_000 })
    assert.deepEqual(newer.texts(), ['a', 'b', 'c'])
    assert.deepEqual(newer.lost, [])
  })

  test(`${kind}: while it may not serve a reader hands on nothing and commits nothing`, async (t) => {
    const { broker, publisher, topic } = await opened(t)
    let may = false
    let asked = 0
    const mayServe = () => {
      asked++
      return Promise.resolve(may)
    }
    const { seen } = await readSlot(t, broker, topic, 1, { mayServe })
    await outcomeOf(publisher, recordOf(topic, 'k', 'a'))
    await waitFor(() => asked >= 2)
    assert.equal(seen.length, 0)
    may = true
    await waitFor(() => seen.length === 1)
  })

  test(`${kind}: a shared group handles every record, a failed batch again, and goes on where it ended`, async (t) => {
    const { broker, publisher, topic } = await opened(t, 3)
    for (const n of numbers(30)) await outcomeOf(publisher, recordOf(topic, n, n))
    const seen: string[] = []
    let failures = 2
    const onBatch = async (records: readonly IncomingRecord[]) => {
      await Promise.resolve()
      if (failures-- > 0) throw new Error('not now')
      seen.push(...records.map(({ value }) => String(value)))
    }
    const reader = await broker.logs.readShared({ topics: [topic], group: topic, onBatch })
    await waitFor(() => seen.length === 30)
    assert.deepEqual(
      seen
        .map(Number)
        .toSorted((a, b) => a - b)
        .map(String),
      numbers(30),
    )
    await waitFor(() => reader.lag === 0)
    await reader.stop(stopMs)
    await outcomeOf(publisher, recordOf(topic, 'k', 'later'))
    const next = await broker.logs.readShared({ topics: [topic], group: topic, onBatch })
    onEnd(t, () => next.stop(stopMs))
    await waitFor(() => seen.length === 31)
    assert.equal(seen.at(-1), 'later')
  })
}
