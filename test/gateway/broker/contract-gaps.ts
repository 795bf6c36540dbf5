// What every broker promises of a slot's reader where the log is not what it was: cut in front, or another one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitFor } from '../../support/wait.ts'
import { numbers, type OpenWorld, readSlot, stopMs, worldOpener } from './contract-fixture.ts'

const timeoutMs = 10_000

export function gapsContract(kind: string, open: OpenWorld): void {
  const opened = worldOpener(open)

  test(`${kind}: a reader knows where it began and what was committed`, async (t) => {
    const { broker, topic, append } = await opened(t)
    await append(...numbers(6))
    const first = await readSlot(t, broker, topic, 1, { settledOffset: () => 4 })
    assert.deepEqual({ ...first.reader.began }, { committed: undefined, next: 0, logStart: 0 })
    await waitFor(() => first.seen.length === 6)
    await waitFor(async () => (await first.reader.committed(timeoutMs)) === 4)
    assert.deepEqual({ ...first.reader.began }, { committed: undefined, next: 0, logStart: 0 })
    await first.reader.stop(stopMs)
    const second = await readSlot(t, broker, topic, 2)
    assert.deepEqual({ ...second.reader.began }, { committed: 4, next: 4, logStart: 0 })
    assert.deepEqual([...first.gaps, ...second.gaps], [])
  })

  test(`${kind}: where the log begins behind what was committed, it is read from there and nothing is committed`, async (t) => {
    const { broker, topic, append, truncate, skip } = await opened(t)
    await append(...numbers(6))
    const first = await readSlot(t, broker, topic, 1, { settledOffset: () => 2 })
    await waitFor(() => first.seen.length === 6)
    await first.reader.stop(stopMs)
    await truncate(topic, 6)
    await skip(topic, 2)
    const second = await readSlot(t, broker, topic, 2)
    assert.deepEqual({ ...second.reader.began }, { committed: 2, next: 6, logStart: 6 })
    await waitFor(() => second.reader.nextOffset === 8)
    await second.reader.stop(stopMs)
    assert.deepEqual(second.gaps, [], 'whoever asked for the reader sees it')
    // Only the holder knows when it has said what was lost.
    assert.equal(await second.reader.committed(timeoutMs), 2)
  })

  test(`${kind}: records removed before they were read are a gap, those aborted are none`, async (t) => {
    const { broker, topic, append, truncate, skip } = await opened(t)
    let may = true
    const told: string[] = []
    const { reader, seen, gaps } = await readSlot(t, broker, topic, 1, {
      mayServe: () => may,
      onBatch: (records) => {
        seen.push(...records)
        for (const { offset } of records) told.push(`read ${offset}`)
      },
      onGap: (from, to) => {
        told.push(`gap ${from} ${to}`)
        return true
      },
    })
    await append('a')
    await waitFor(() => reader.nextOffset === 1)
    await skip(topic, 3)
    await append('b')
    await waitFor(() => seen.length === 2)
    assert.deepEqual(told, ['read 0', 'read 4'])
    may = false
    // What was fetched before it was removed may still be handed on.
    await append(...numbers(600))
    await truncate(topic, 600)
    may = true
    await waitFor(() => seen.at(-1)?.offset === 604)
    const gap = told.find((line) => line.startsWith('gap')) ?? ''
    assert.ok(gap.endsWith(' 600'), gap || 'no gap')
    assert.equal(told[told.indexOf(gap) + 1], 'read 600')
    assert.equal(told[told.indexOf(gap) - 1], `read ${Number(gap.split(' ')[1]) - 1}`)
    assert.deepEqual(gaps, [])
    await waitFor(async () => (await reader.committed(timeoutMs)) === 605)
  })

  test(`${kind}: behind a gap that its holder refuses a reader reads nothing, and commits what was before`, async (t) => {
    const { broker, topic, append, truncate } = await opened(t)
    await append('a', 'b', 'c')
    let may = false
    const refused: number[][] = []
    const { reader, seen, lost } = await readSlot(t, broker, topic, 1, {
      mayServe: () => may,
      onGap: (from, to) => {
        refused.push([from, to])
        return false
      },
    })
    may = true
    await waitFor(() => seen.length === 3)
    may = false
    await truncate(topic, 3)
    await append(...numbers(1_000))
    await truncate(topic, 1_003)
    may = true
    await waitFor(() => refused.length === 1)
    await append('later')
    const told = seen.at(-1)?.offset ?? 0
    assert.deepEqual(refused, [[told + 1, 1_003]])
    await waitFor(async () => (await reader.committed(timeoutMs)) === told + 1)
    assert.equal(reader.nextOffset, told + 1)
    assert.equal(seen.at(-1)?.offset, told)
    assert.equal(await reader.stillOwner(timeoutMs), 'owner')
    assert.deepEqual(lost, [])
  })

  test(`${kind}: a topic that was recreated is a gap that goes back, and is read from its new beginning`, async (t) => {
    const { broker, topic, append, recreate } = await opened(t)
    await append(...numbers(5))
    const { reader, seen, gaps, texts, lost } = await readSlot(t, broker, topic, 1)
    await waitFor(() => seen.length === 5)
    await recreate(topic)
    await waitFor(() => gaps.length > 0, { timeoutMs: 20_000 })
    assert.deepEqual(gaps, [[5, 0]])
    assert.equal(reader.nextOffset, 0)
    await append('new')
    await waitFor(() => texts().at(-1) === 'new')
    await waitFor(async () => (await reader.committed(timeoutMs)) === 1)
    assert.equal(await reader.stillOwner(timeoutMs), 'owner')
    assert.deepEqual(lost, [])
  })
}
