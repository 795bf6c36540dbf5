// Kafka killed with -9 again and again under load: nothing acked is missing, nothing is reordered, readers go on where they were.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBroker } from '../../../gateway/broker/broker.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import type { PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { ownKafka } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

const kills = 3
const perSecond = 2_000
const keys = 20
const partitions = 3

type Sent = { readonly key: string; readonly n: number; outcome?: PublishOutcome }

/** Per key: records that stand before one that was sent earlier, first copies only. */
function countReordered(values: ReadonlyMap<string, number[]>): number {
  let reordered = 0
  for (const list of values.values()) {
    const firsts = [...new Set(list)]
    for (let i = 1; i < firsts.length; i++) if ((firsts[i] ?? 0) < (firsts[i - 1] ?? 0)) reordered++
  }
  return reordered
}

const repeatsIn = (list: readonly number[]): number => list.length - new Set(list).size

test('Kafka killed three times under load: acked loss 0, order kept, readers without loss or repeat', async (t) => {
  const kafka = await ownKafka(t)
  const broker = createBroker(kafkaConfig({ brokers: [...kafka.brokers], maxQueue: 50_000 }), { log: silent })
  onEnd(t, () => broker.close(1_000))
  const wanted = { replication: 1, configs: {}, purpose: 'a test' }
  await broker.topics.create([
    { name: 'load', partitions, ...wanted },
    { name: 'slot', partitions: 1, ...wanted },
  ])
  const publisher = broker.publisher()
  const fromSlot: number[] = []
  const fromShared: number[] = []
  const lost: string[] = []
  let next = 0
  const reader = await broker.logs.readSlot({
    topic: 'slot',
    group: 'slot',
    epoch: 1,
    mayServe: () => true,
    onBatch: (records) => {
      for (const { value, offset } of records) {
        fromSlot.push(Number(value))
        next = offset + 1
      }
    },
    settledOffset: () => next,
    onLost: (reason) => void lost.push(reason),
    onGap: () => true,
  })
  onEnd(t, () => reader.stop(2_000))
  const shared = await broker.logs.readShared({
    topics: ['load'],
    group: 'load',
    onBatch: async (records: readonly IncomingRecord[]) => {
      await Promise.resolve()
      fromShared.push(...records.map(({ value }) => Number(value)))
    },
  })
  onEnd(t, () => shared.stop(2_000))

  const sent: Sent[] = []
  const slotSent: Sent[] = []
  let acked = 0
  const started = performance.now()
  const sendDue = () => {
    for (const due = ((performance.now() - started) / 1_000) * perSecond; sent.length < due; ) {
      const one: Sent = { key: `k${sent.length % keys}`, n: sent.length }
      const isForSlot = one.n % 20 === 0
      const value = Buffer.from(String(one.n))
      const record = { topic: isForSlot ? 'slot' : 'load', key: one.key, value, headers: {} }
      const taken = publisher.publish(record, (outcome) => {
        one.outcome = outcome
        if (outcome.ok) acked++
      })
      assert.ok(taken, 'the queue is long enough for an outage')
      sent.push(one)
      if (isForSlot) slotSent.push(one)
    }
  }
  const loadUntil = (fact: () => boolean, describe: string) =>
    waitFor(
      () => {
        sendDue()
        return fact()
      },
      { timeoutMs: 40_000, everyMs: 2, describe },
    )
  const backAfter: number[] = []
  for (let kill = 0; kill < kills; kill++) {
    const target = acked + 1_000
    await loadUntil(() => acked >= target, 'acks before a kill')
    const killed = kafka.kill()
    await loadUntil(() => !publisher.healthy, 'the publisher to notice')
    await killed
    const restarted = kafka.start()
    const away = performance.now()
    const before = acked
    await loadUntil(() => acked > before, 'acks after a kill')
    backAfter.push(Math.round(performance.now() - away))
    await restarted
  }
  await waitFor(() => sent.every(({ outcome }) => outcome !== undefined), { timeoutMs: 30_000 })
  await waitFor(() => publisher.healthy)

  const plain = testKafka(t, kafka.brokers)
  const inKafka = new Map<string, number[]>()
  const offsets = new Map<string, number>()
  for (const topic of ['load', 'slot']) {
    const reads = await plain.read(topic)
    const ends = await Promise.all(
      Array.from({ length: topic === 'load' ? partitions : 1 }, (_, one) => plain.endOffset(topic, one)),
    )
    await waitFor(() => reads.length >= ends.reduce((a, b) => a + b), { timeoutMs: 20_000 })
    for (const { key, text, partition, offset } of reads) {
      const of = `${topic} ${key}`
      inKafka.set(of, [...(inKafka.get(of) ?? []), Number(text)])
      offsets.set(`${topic}/${partition}/${offset}`, Number(text))
    }
  }
  const all = [...inKafka.values()].flat()
  const there = new Set(all)
  const missing = sent.filter(({ n, outcome }) => outcome?.ok && !there.has(n)).length
  const misplaced = sent.filter(
    ({ n, outcome: at }) => at?.ok && offsets.get(`${at.topic}/${at.partition}/${at.offset}`) !== n,
  ).length
  await waitFor(() => new Set(fromSlot).size >= slotSent.filter(({ outcome }) => outcome?.ok).length, {
    timeoutMs: 20_000,
    describe: 'the slot reader to read everything',
  })
  await waitFor(() => new Set(fromShared).size >= acked - slotSent.length, {
    timeoutMs: 20_000,
    describe: 'the shared reader to read everything',
  })
  const counts = {
    sent: sent.length,
    acked,
    inKafka: all.length,
    missing,
    repeated: repeatsIn(all),
    reordered: countReordered(inKafka),
    misplaced,
    readFromSlot: fromSlot.length,
    repeatedFromSlot: repeatsIn(fromSlot),
    readShared: fromShared.length,
    repeatedShared: repeatsIn(fromShared),
    backAfterMs: backAfter,
  }
  t.diagnostic(JSON.stringify(counts))
  const { repeated, reordered } = counts
  assert.deepEqual(
    { missing, repeated, reordered, misplaced },
    { missing: 0, repeated: 0, reordered: 0, misplaced: 0 },
  )
  assert.equal(acked, sent.length, 'every outage was shorter than kafka.publishTimeout')
  assert.deepEqual(
    fromSlot,
    slotSent.map(({ n }) => n),
  )
  assert.deepEqual(lost, [])
})
