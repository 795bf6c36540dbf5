// The reader of a topic, fed by hand: when it is open, and what it says of a log that is not as it was.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { LogRanges, RangeChunk } from '../../../gateway/slots/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { incoming, turn } from '../fakes.ts'
import { channelsOver, subscribe, TestClient } from './world.ts'

const topic = 'by.hand'

/** Records of channel `a` from one offset up to another; each says its offset. */
const recordsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) =>
    incoming({ ce_to: 'channel:a' }, String(from + n), { topic, offset: from + n, timestamp: Date.now() }),
  )

/** Channels over a log that has what the test says, when it says so. */
async function start(t: TestContext, { start: first = 0, end = 0, timeoutMs = 10_000 } = {}) {
  let onChunk: ((chunk: RangeChunk) => void) | undefined
  let from = -1
  const ranges = {
    ends: () => Promise.resolve({ start: first, end }),
    tail(_topic: string, at: number, options: Parameters<LogRanges['tail']>[2]) {
      from = at
      onChunk = options.onChunk
      return new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve()))
    },
    read: () => Promise.reject(new Error('nothing is to be read')),
  } as unknown as LogRanges
  const world = channelsOver(t, ranges, topic, { sources: { timeoutMs } })
  const client = new TestClient()
  world.channels.subscribe(client, subscribe('a'))
  await waitFor(() => onChunk !== undefined)
  const feed = (chunk: RangeChunk): void => onChunk?.(chunk)
  const hand = (at: number, to: number, start = first): void =>
    feed({ records: recordsOf(at, to), next: to, start })
  return { ...world, client, hand, feed, from: () => from }
}

test('it is open once the end is reached that the log had, and shows nothing of before', async (t) => {
  const { client, hand, from } = await start(t, { start: 10, end: 200 })
  assert.equal(from(), 136)
  hand(136, 150)
  await turn()
  assert.deepEqual(client.seen, [])
  hand(150, 200)
  await waitFor(() => client.seen.length === 1)
  hand(200, 202)
  assert.deepEqual(client.payloads, [200, 201])
})

test('a log that nothing can be read of is given up, and who waits is refused', async (t) => {
  const { client, channels } = await start(t, { end: 5, timeoutMs: 20 })
  await waitFor(() => client.seen.length === 1)
  assert.equal(client.last['code'], 'broker-unavailable')
  assert.equal(channels.count, 0)
})

for (const [what, chunk] of [
  ['a part that is gone, with what follows', { records: recordsOf(7, 9), next: 9, start: 7 }],
  ['a part that is gone', { records: [], next: 7, start: 7 }],
  ['a log that is another one, and empty', { records: [], next: 0, start: 0 }],
  ['a log that is another one', { records: recordsOf(0, 2), next: 2, start: 0 }],
] as const)
  test(`${what}: everyone is told before the next message, and nothing of before is shown any more`, async (t) => {
    const { client, channels, hand, feed, gaps } = await start(t)
    await waitFor(() => client.seen.length === 1)
    hand(0, 4)
    const old = String(client.last['position'])
    client.seen.splice(0)
    feed(chunk)
    assert.deepEqual([client.seen[0]?.kind, client.seen[0]?.['recovered']], ['subscribed', false])
    assert.equal(client.of('subscribed').length, 1)
    assert.deepEqual(
      client.payloads,
      chunk.records.map(({ offset }) => offset),
    )
    assert.equal(gaps.length, 1)
    const [late, back] = [new TestClient(), new TestClient()]
    channels.subscribe(late, subscribe('a', { last: 10 }))
    channels.subscribe(back, subscribe('a', { since: old }))
    await waitFor(() => late.seen.length > 0 && back.seen.length > 0)
    assert.deepEqual(late.payloads, client.payloads)
    assert.equal(back.seen[0]?.['recovered'], false)
    hand(chunk.next, chunk.next + 1, chunk.start)
    for (const each of [client, late, back]) assert.equal(each.payloads.at(-1), chunk.next)
  })

test('while it opens, another log in its place does not keep it waiting', async (t) => {
  const { client, feed } = await start(t, { end: 100 })
  feed({ records: [], next: 0, start: 0 })
  feed({ records: recordsOf(0, 1), next: 1, start: 0 })
  await waitFor(() => client.seen.length === 1)
  assert.equal(client.last.kind, 'subscribed')
})
