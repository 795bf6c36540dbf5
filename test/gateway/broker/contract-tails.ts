// What every broker promises of following a log, and of telling how far its group is behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { numbers, type OpenWorld, readSlot, stopMs, worldOpener } from './contract-fixture.ts'
import { tailOf, textsOf, timeoutMs } from './range-fixture.ts'

export function tailsContract(kind: string, open: OpenWorld): void {
  const opened = worldOpener(open)

  test(`${kind}: a tail has what is there and what comes, until it is stopped, and that at once`, async (t) => {
    const { broker, topic, append } = await opened(t)
    await append('a', 'b', 'c')
    const tails = [tailOf(t, broker.ranges, topic, 1), tailOf(t, broker.ranges, topic, 3)] as const
    await waitFor(() => tails[0].offsets().length === 2)
    await append('d')
    await waitFor(() => tails.every(({ offsets }) => offsets().at(-1) === 3))
    assert.deepEqual(tails[0].offsets(), [1, 2, 3])
    assert.deepEqual(tails[1].offsets(), [3])
    assert.ok((await tails[0].stop()) < 200)
    await append('e')
    await waitFor(() => tails[1].offsets().length === 2)
    assert.deepEqual(tails[0].offsets(), [1, 2, 3])
  })

  test(`${kind}: a tail goes on in a topic that was recreated, and says so`, async (t) => {
    const { broker, topic, append, recreate } = await opened(t)
    await append(...numbers(5))
    const { chunks } = tailOf(t, broker.ranges, topic, 0)
    await waitFor(() => chunks.at(-1)?.next === 5)
    await recreate(topic)
    await waitFor(() => chunks.at(-1)?.next === 0, { timeoutMs: 20_000 })
    assert.deepEqual(chunks.at(-1)?.records, [])
    await append('new')
    await waitFor(() => textsOf(chunks).at(-1) === 'new')
    assert.equal(chunks.at(-1)?.next, 1)
  })

  test(`${kind}: lags count what groups have not committed, and leave out what cannot be asked`, async (t) => {
    const { broker, topic, append, truncate } = await opened(t)
    const missing = randomName('missing')
    const lag = async () => (await broker.ranges.lags([topic, missing], timeoutMs)).get(topic)
    assert.deepEqual([...(await broker.ranges.lags([missing, topic], timeoutMs))], [[topic, 0]])
    await append(...numbers(10))
    assert.equal(await lag(), 10)
    const { reader, seen } = await readSlot(t, broker, topic, 1, { settledOffset: () => 4 })
    await waitFor(() => seen.length === 10)
    await reader.stop(stopMs)
    assert.equal(await lag(), 6)
    await truncate(topic, 7)
    // Nobody has been told yet that three of them are gone.
    assert.equal(await lag(), 6)
  })

  test(`${kind}: a log that ends with an aborted transaction is no backlog once it was read`, async (t) => {
    const { broker, topic, append, skip } = await opened(t)
    await append('a')
    await skip(topic, 3)
    const { reader } = await readSlot(t, broker, topic, 1)
    await waitFor(() => reader.nextOffset === 4)
    await reader.stop(stopMs)
    assert.deepEqual([...(await broker.ranges.lags([topic], timeoutMs)).values()], [0])
    await skip(topic, 2)
    const next = await readSlot(t, broker, topic, 2)
    await waitFor(() => next.reader.nextOffset === 6)
    await next.reader.stop(stopMs)
    assert.deepEqual([...(await broker.ranges.lags([topic], timeoutMs)).values()], [0])
  })
}
