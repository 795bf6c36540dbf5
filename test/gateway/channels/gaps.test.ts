// A log that was cut, or is another one: it is said, never passed over. Over a topic in memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatChannelPosition } from '../../../gateway/channels/channel-position.ts'
import type { LogRanges } from '../../../gateway/slots/ports.ts'
import { waitFor } from '../../support/wait.ts'
import { channelsOver, type MemoryWorld, memoryWorld, type Seen, subscribe, TestClient } from './world.ts'

/** Shows a client `count` messages, then lets go of everything, so that nothing is in memory any more. */
async function positionsAfter(world: MemoryWorld, count: number): Promise<string[]> {
  const client = new TestClient()
  world.channels.subscribe(client, subscribe('a'))
  await waitFor(() => client.seen.length === 1)
  for (let n = 1; n <= count; n++) await world.publish('a', [n])
  await waitFor(() => client.payloads.length === count)
  world.channels.left(client)
  world.sources.stop()
  return client.seen.map(({ position }) => String(position))
}

async function comesBack({ channels }: MemoryWorld, since: string | undefined): Promise<[Seen, TestClient]> {
  const client = new TestClient()
  channels.subscribe(client, subscribe('a', since === undefined ? {} : { since }))
  await waitFor(() => client.seen.length > 0)
  return [client.seen[0] as Seen, client]
}

test('nothing in memory: what was missed is read from the log, for every position', async (t) => {
  const world = await memoryWorld(t)
  await world.publish('b', [0, 0, 0])
  const positions = await positionsAfter(world, 4)
  await world.publish('b', [0])
  for (const [n, since] of positions.entries()) {
    world.sources.stop()
    const [subscribed, client] = await comesBack(world, since)
    assert.equal(subscribed['recovered'], true)
    await waitFor(() => client.payloads.length === 4 - n)
    assert.deepEqual(client.payloads, [1, 2, 3, 4].slice(n))
  }
})

test('offsets without records, as ends of transactions are, make no difference', async (t) => {
  const world = await memoryWorld(t)
  await world.publish('a', [0])
  world.broker.skip(world.topic, 3)
  const positions = await positionsAfter(world, 2)
  world.broker.skip(world.topic, 5)
  await world.publish('a', [3])
  world.broker.skip(world.topic, 2)
  for (const [n, since] of positions.entries()) {
    world.sources.stop()
    const [subscribed, client] = await comesBack(world, since)
    assert.equal(subscribed['recovered'], true)
    await waitFor(() => client.payloads.length === 3 - n)
    assert.deepEqual(client.payloads, [1, 2, 3].slice(n))
  }
})

test('a topic that was cut behind the client is a gap; exactly where the client is, it is none', async (t) => {
  const world = await memoryWorld(t)
  const positions = await positionsAfter(world, 4)
  world.broker.truncate(world.topic, 2)
  for (const [n, since] of positions.entries()) {
    const [subscribed, client] = await comesBack(world, since)
    assert.equal(subscribed['recovered'], n >= 2, `after ${n} messages`)
    const missed = n >= 2 ? [3, 4].slice(n - 2) : []
    await waitFor(() => client.payloads.length === missed.length)
    assert.deepEqual(client.payloads, missed)
    world.sources.stop()
  }
})

test('a topic that was made anew is a gap, shorter or longer than the old one', async (t) => {
  const world = await memoryWorld(t)
  const positions = await positionsAfter(world, 2)
  world.broker.recreate(world.topic)
  // Of the last of them, nothing that the positions are about is read by a node that begins.
  for (const length of [0, 1, 2, 5, 100]) {
    while (length > (await world.broker.ranges.ends(world.topic, 1_000)).end)
      await world.publish('a', ['"new"'])
    for (const since of positions.slice(1)) {
      world.sources.stop()
      const [subscribed, client] = await comesBack(world, since)
      assert.equal(subscribed['recovered'], false, `${since} of ${length}`)
      assert.deepEqual(client.payloads, [])
    }
  }
})

test('who listens is told of a gap by a subscribed that it did not ask for, and then gets what comes', async (t) => {
  const world = await memoryWorld(t)
  const [, client] = await comesBack(world, undefined)
  await world.publish('a', [1, 2])
  await waitFor(() => client.payloads.length === 2)
  world.broker.recreate(world.topic)
  await waitFor(() => client.last.kind === 'subscribed')
  const { id, recovered, position } = client.last
  assert.deepEqual([id, recovered], [undefined, false])
  await world.publish('a', [3])
  await waitFor(() => client.payloads.length === 3)
  assert.equal(world.gaps.length, 1)
  const [subscribed, back] = await comesBack(world, String(position))
  assert.equal(subscribed['recovered'], true)
  await waitFor(() => back.payloads.length === 1)
  assert.deepEqual(back.payloads, [3])
})

/** Holds back what is read of the topic until `open`. */
function lateRanges(ranges: LogRanges): { ranges: LogRanges; open(): void } {
  const waiting: (() => void)[] = []
  let isOpen = false
  const pass = (hand: () => void): void => void (isOpen ? hand() : waiting.push(hand))
  return {
    ranges: {
      ...ranges,
      tail: (topic, from, { signal, onChunk }) =>
        ranges.tail(topic, from, { signal, onChunk: (chunk) => pass(() => onChunk(chunk)) }),
    },
    open() {
      isOpen = true
      for (const hand of waiting.splice(0)) hand()
    },
  }
}

test('a position that another node has reached already is waited for; one that no log has is a gap', async (t) => {
  const ahead = await memoryWorld(t)
  const late = lateRanges(ahead.broker.ranges)
  const behind = channelsOver(t, late.ranges, ahead.topic)
  const [first, back, lost] = [new TestClient(), new TestClient(), new TestClient()]
  ahead.channels.subscribe(first, subscribe('a'))
  behind.channels.subscribe(new TestClient(), subscribe('b'))
  await waitFor(() => first.seen.length === 1 && behind.sources.topics.length > 0)
  await ahead.publish('a', [1, 2])
  await waitFor(() => first.payloads.length === 2)
  behind.channels.subscribe(back, subscribe('a', { since: String(first.last['position']) }))
  behind.channels.subscribe(lost, subscribe('a', { since: formatChannelPosition(0, 99, 7) }))
  await waitFor(() => lost.seen.length === 1)
  assert.equal(lost.last['recovered'], false)
  assert.deepEqual(back.seen, [])
  late.open()
  await ahead.publish('a', [3])
  await waitFor(() => back.payloads.length === 1)
  assert.equal(back.seen[0]?.['recovered'], true)
  assert.deepEqual(back.payloads, [3])
  assert.deepEqual(lost.payloads, [1, 2, 3])
})

test('more than is kept for who catches up is a gap', async (t) => {
  const world = await memoryWorld(t, { sources: { tail: { messages: 3, bytes: 1024 ** 2 } } })
  const [since = ''] = await positionsAfter(world, 1)
  const late = new TestClient()
  // A slow socket: what it missed goes out piece by piece, and meanwhile more comes than is kept.
  late.waitingBytes = 1024 ** 2
  world.channels.subscribe(late, subscribe('a', { since }))
  await waitFor(() => late.seen.length === 1)
  await world.publish('a', [2, 3, 4, 5, 6])
  const other = new TestClient()
  world.channels.subscribe(other, subscribe('a', { last: 1 }))
  await waitFor(() => other.payloads.at(-1) === 6)
  late.waitingBytes = 0
  await waitFor(() => late.of('subscribed').length === 2)
  assert.deepEqual(
    late.of('subscribed').map(({ recovered }) => recovered),
    [true, false],
  )
  assert.deepEqual(late.payloads, [1])
  await world.publish('a', [7])
  await waitFor(() => late.payloads.length === 2)
  assert.deepEqual(late.payloads, [1, 7])
})

test('what is further back than is read at most is a gap', async (t) => {
  const limits = { messages: 100, bytes: 1024 ** 2, allBytes: 1024 ** 2, scan: 39 }
  const world = await memoryWorld(t, { sources: { history: limits } })
  const positions = await positionsAfter(world, 5)
  // Of 105 records a node that begins to read has the last 64.
  for (let n = 0; n < 100; n++) await world.publish('b', [0])
  for (const [n, since] of positions.entries()) {
    const [{ recovered }] = await comesBack(world, since)
    assert.equal(recovered, n >= 2, `after ${n} messages`)
    world.sources.stop()
  }
})
