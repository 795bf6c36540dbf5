// What every broker promises, Kafka's and the one in memory alike; each test opens a broker of its own.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Broker } from '../../../gateway/broker/broker.ts'
import type {
  IncomingRecord,
  SlotLoss,
  SlotReader,
  SlotReaderOptions,
} from '../../../gateway/delivery/ports.ts'
import type { OutgoingRecord, Publisher, PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'

/** Opens a broker whose publishers hold at most `maxQueue` records; closed with `t`. */
export type OpenBroker = (t: TestContext, options: { maxQueue: number }) => Promise<Broker>

const stopMs = 5_000

export const outcomeOf = (publisher: Publisher, record: OutgoingRecord): Promise<PublishOutcome> =>
  new Promise((resolve, reject) => {
    if (!publisher.publish(record, resolve)) reject(new Error('the publisher is full'))
  })

export const recordOf = (topic: string, key: string, text: string): OutgoingRecord => ({
  topic,
  key,
  value: Buffer.from(text),
  headers: { n: text },
})

export const createTopic = async (broker: Broker, partitions = 1): Promise<string> => {
  const name = randomName('t')
  await broker.topics.create([{ name, partitions, replication: 1, configs: {}, purpose: 'a test' }])
  return name
}

export type Reading = {
  readonly reader: SlotReader
  readonly seen: IncomingRecord[]
  readonly texts: () => string[]
  readonly lost: SlotLoss[]
}

/** Reads a slot and settles what it reads, unless told otherwise; stopped with `t`. */
export const readSlot = async (
  t: TestContext,
  broker: Broker,
  topic: string,
  epoch: number,
  options: Partial<SlotReaderOptions> = {},
): Promise<Reading> => {
  const seen: IncomingRecord[] = []
  const lost: SlotLoss[] = []
  const reader = await broker.logs.readSlot({
    topic,
    group: topic,
    epoch,
    mayServe: () => true,
    onBatch: (records) => void seen.push(...records),
    settledOffset: () => (seen.length === 0 ? undefined : (seen.at(-1) as IncomingRecord).offset + 1),
    onLost: (reason) => void lost.push(reason),
    ...options,
  })
  onEnd(t, () => reader.stop(stopMs))
  return { reader, seen, lost, texts: () => seen.map(({ value }) => String(value)) }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n))

export function brokerContract(kind: string, open: OpenBroker): void {
  const opened = async (t: TestContext, partitions = 1, maxQueue = 20_000) => {
    const broker = await open(t, { maxQueue })
    const topic = await createTopic(broker, partitions)
    return { broker, topic, publisher: broker.publisher() }
  }

  test(`${kind}: each record gets its place, one key one partition, in the order given`, async (t) => {
    const { publisher, topic } = await opened(t, 3)
    let isWithin = true
    let early = 0
    const pending = numbers(300).map(
      (n) =>
        new Promise<PublishOutcome>((resolve) => {
          publisher.publish(recordOf(topic, `k${Number(n) % 7}`, n), (outcome) => {
            if (isWithin) early++
            resolve(outcome)
          })
        }),
    )
    isWithin = false
    const outcomes = await Promise.all(pending)
    assert.equal(early, 0, 'no outcome is told within the call')
    const next = new Map<number, number>()
    const home = new Map<string, number>()
    for (const [n, outcome] of outcomes.entries()) {
      assert.ok(outcome.ok)
      assert.equal(outcome.offset, next.get(outcome.partition) ?? 0)
      next.set(outcome.partition, outcome.offset + 1)
      assert.equal(home.get(`k${n % 7}`) ?? outcome.partition, outcome.partition)
      home.set(`k${n % 7}`, outcome.partition)
    }
    assert.ok(next.size > 1)
    assert.deepEqual({ ...publisher.depth }, { count: 0, bytes: 0 })
    assert.equal(publisher.healthy, true)
  })

  test(`${kind}: a missing topic and a record too large fail alone`, async (t) => {
    const { publisher, topic } = await opened(t)
    const huge = { ...recordOf(topic, 'k', ''), value: randomBytes(1_200_000) }
    const outcomes = await Promise.all([
      outcomeOf(publisher, recordOf(topic, 'k', 'a')),
      outcomeOf(publisher, recordOf(randomName('missing'), 'k', 'b')),
      outcomeOf(publisher, huge),
      outcomeOf(publisher, recordOf(topic, 'k', 'c')),
      outcomeOf(publisher, { ...recordOf(topic, 'k', 'd'), key: null, partition: 9 }),
    ])
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.ok ? outcome.offset : outcome.failure)),
      [0, 'route-unavailable', 'too-large', 1, 'route-unavailable'],
    )
    assert.equal(publisher.healthy, true)
  })

  test(`${kind}: a full publisher takes nothing, and says when it is pressed and when no more`, async (t) => {
    const { publisher, topic } = await opened(t, 1, 20)
    const changes: boolean[] = []
    publisher.onPressed((pressed) => void changes.push(pressed))
    let told = 0
    const taken = numbers(30).filter((n) => publisher.publish(recordOf(topic, 'k', n), () => void told++))
    assert.equal(taken.length, 20)
    assert.equal(publisher.pressed, true)
    await waitFor(() => told === 20)
    assert.deepEqual(changes, [true, false])
    assert.equal(publisher.pressed, false)
  })

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

  test(`${kind}: topics say what they are`, async (t) => {
    const { broker, topic } = await opened(t, 4)
    const found = await broker.topics.describe([topic, randomName('missing')])
    assert.deepEqual(
      found.map(({ name, partitions, replication }) => ({ name, partitions, replication })),
      [{ name: topic, partitions: 4, replication: 1 }],
    )
  })
}
