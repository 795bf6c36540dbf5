// What every broker promises of publishing and of topics.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { numbers, type OpenBroker, opener, outcomeOf, readSlot, recordOf } from './contract-fixture.ts'

export function publishingContract(kind: string, open: OpenBroker): void {
  const opened = opener(open)

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

  test(`${kind}: a tombstone is read as a null, and an empty value as an empty one`, async (t) => {
    const { broker, publisher, topic } = await opened(t)
    const empty = { ...recordOf(topic, 'k', ''), value: Buffer.alloc(0) }
    for (const record of [empty, { ...empty, value: null }])
      await new Promise((resolve) => publisher.publish(record, resolve))
    const { seen } = await readSlot(t, broker, topic, 1)
    await waitFor(() => seen.length === 2)
    assert.deepEqual(
      seen.map(({ value }) => value),
      [Buffer.alloc(0), null],
    )
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

  test(`${kind}: topics say what they are`, async (t) => {
    const { broker, topic } = await opened(t, 4)
    const found = await broker.topics.describe([topic, randomName('missing')])
    assert.deepEqual(
      found.map(({ name, partitions, replication }) => ({ name, partitions, replication })),
      [{ name: topic, partitions: 4, replication: 1 }],
    )
  })
}
