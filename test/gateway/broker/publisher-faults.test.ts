// What a publisher says and does when Kafka falls silent, or when its answers get lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createPublisher, type OwnedPublisher } from '../../../gateway/broker/publisher.ts'
import type { KafkaConfig } from '../../../gateway/config/settings.ts'
import type { OutgoingRecord, PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { apis, kafkaProxy } from '../../support/kafka-proxy.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

const word = (outcome: PublishOutcome): string => (outcome.ok ? 'stored' : outcome.failure)

/** A publisher behind a proxy, and a topic. `outcomes` is in the order in which they were told. */
async function start(t: TestContext, given: Partial<KafkaConfig> = {}) {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const topic = randomName('faults')
  await kafka.createTopics([{ topic }])
  const proxy = await kafkaProxy(t, brokers)
  const config = kafkaConfig({ brokers: [...proxy.brokers], ...given })
  const publisher: OwnedPublisher = createPublisher({ config, log: silent })
  onEnd(t, () => publisher.close(0))
  const outcomes: { value: string; outcome: PublishOutcome }[] = []
  const publish = (value: string, to = topic): boolean => {
    const record: OutgoingRecord = { topic: to, key: 'k', value: Buffer.from(value), headers: {} }
    return publisher.publish(record, (outcome) => void outcomes.push({ value, outcome }))
  }
  const publishAll = async (...values: string[]) => {
    for (const value of values) assert.ok(publish(value))
    await waitFor(() => values.every((value) => outcomes.some((told) => told.value === value)), {
      timeoutMs: 20_000,
      describe: () => `outcomes of ${values.join(', ')}; told were ${JSON.stringify(outcomes)}`,
    })
    return values.map((value) =>
      word(outcomes.find((told) => told.value === value)?.outcome as PublishOutcome),
    )
  }
  const stored = async (): Promise<string[]> => {
    const reads = await kafka.read(topic)
    const end = await kafka.endOffset(topic)
    await waitFor(() => reads.length >= end)
    return reads.map(({ text }) => text)
  }
  return { kafka, topic, proxy, publisher, publish, publishAll, outcomes, stored }
}

test('a black hole: what was sent is unknown, what was not is unavailable, health falls in time and returns', async (t) => {
  const stallAfter = 600
  const { proxy, publisher, publish, publishAll, outcomes, stored } = await start(t, {
    stallAfter,
    publishTimeout: 1_500,
  })
  assert.deepEqual(await publishAll('before'), ['stored'])
  proxy.freeze()
  const since = performance.now()
  publish('sent')
  // What is queued behind a request without an answer is not sent.
  await waitFor(() => proxy.asked.filter(({ api }) => api === apis.produce).length === 2)
  publish('queued')
  await waitFor(() => !publisher.healthy, { timeoutMs: 5_000 })
  const noticed = performance.now() - since
  assert.ok(noticed < stallAfter + 500, `noticed after ${noticed} ms`)
  await waitFor(() => outcomes.length === 3, { timeoutMs: 5_000 })
  assert.deepEqual(
    outcomes.map(({ value, outcome }) => [value, word(outcome)]),
    [
      ['before', 'stored'],
      ['sent', 'outcome-unknown'],
      ['queued', 'broker-unavailable'],
    ],
  )
  // The lane has nothing to do now but to find out when Kafka is back; what comes meanwhile has its time limit, too.
  assert.deepEqual(await publishAll('while away'), ['broker-unavailable'])
  assert.equal(publisher.healthy, false)
  proxy.thaw()
  const thawed = performance.now()
  await waitFor(() => publisher.healthy, { timeoutMs: 15_000 })
  t.diagnostic(JSON.stringify({ stallAfter, noticedMs: noticed, healthyAgainMs: performance.now() - thawed }))
  assert.deepEqual(await publishAll('after'), ['stored'])
  const values = await stored()
  assert.ok(!values.includes('queued') && !values.includes('while away'), `in Kafka: ${values.join(', ')}`)
  assert.ok(values.includes('before') && values.includes('after'))
})

test('a Kafka that refuses connections: each record is unavailable within its time, also the later ones', async (t) => {
  const config = kafkaConfig({ brokers: ['127.0.0.1:1'], publishTimeout: 700 })
  const publisher = createPublisher({ config, log: silent })
  onEnd(t, () => publisher.close(0))
  for (const value of ['first', 'second', 'third']) {
    // Long enough without records that the lane does nothing but look for Kafka.
    if (value !== 'first') await wait(600)
    const since = performance.now()
    const outcome = await new Promise<PublishOutcome>((resolve) => {
      publisher.publish({ topic: 'any', key: 'k', value: Buffer.from(value), headers: {} }, resolve)
    })
    assert.equal(word(outcome), 'broker-unavailable')
    assert.ok(performance.now() - since < 2_000)
    assert.equal(publisher.healthy, false)
    assert.deepEqual({ ...publisher.depth }, { count: 0, bytes: 0 })
  }
})

test('a lost answer: the identical batch is sent again and stands once in Kafka', async (t) => {
  const { proxy, publish, publishAll, outcomes, stored } = await start(t)
  assert.deepEqual(await publishAll('first'), ['stored'])
  const produced = () => proxy.asked.filter(({ api }) => api === apis.produce)
  const before = produced().length
  proxy.loseAnswers(apis.produce, 2, 'cut')
  for (const value of ['a', 'b', 'c']) publish(value)
  await waitFor(() => proxy.lost === 1)
  // Waits its turn: nothing may join a batch that is sent again.
  publish('d')
  await waitFor(() => outcomes.length === 5, { timeoutMs: 15_000 })
  const [sent, again, third] = produced().slice(before)
  assert.ok(sent && again && third)
  assert.ok(sent.body.equals(again.body) && sent.body.equals(third.body), 'each attempt has the same bytes')
  assert.deepEqual(await stored(), ['first', 'a', 'b', 'c', 'd'])
  assert.deepEqual(
    outcomes.map(({ outcome }) => (outcome.ok ? outcome.offset : outcome.failure)),
    [0, 1, 2, 3, 4],
  )
})

test('answers lost until a batch is given up: later ones are acked and there, and nothing is there that was not sent', async (t) => {
  const { proxy, publish, publishAll, outcomes, stored } = await start(t, { publishTimeout: 1_200 })
  assert.deepEqual(await publishAll('first'), ['stored'])
  for (const round of [1, 2, 3]) {
    proxy.loseAnswers(apis.produce, 1_000, 'cut')
    const told = outcomes.length
    publish(`doubt ${round} a`)
    publish(`doubt ${round} b`)
    await waitFor(() => outcomes.length === told + 2, { timeoutMs: 10_000 })
    assert.deepEqual(
      outcomes.slice(told).map(({ outcome }) => word(outcome)),
      ['outcome-unknown', 'outcome-unknown'],
    )
    proxy.loseAnswers(apis.produce, 0, 'cut')
    assert.deepEqual(await publishAll(`sure ${round} a`, `sure ${round} b`), ['stored', 'stored'])
  }
  const values = await stored()
  const acked = outcomes.filter(({ outcome }) => outcome.ok).map(({ value }) => value)
  const missing = acked.filter((value) => !values.includes(value))
  const repeated = values.length - new Set(values).size
  t.diagnostic(
    JSON.stringify({
      sent: outcomes.length,
      acked: acked.length,
      inKafka: values.length,
      missing: missing.length,
      repeated,
      answersLost: proxy.lost,
    }),
  )
  assert.deepEqual(missing, [])
  assert.equal(repeated, 0)
  for (const { value, outcome } of outcomes) if (outcome.ok) assert.equal(values[outcome.offset], value)
  assert.deepEqual(
    values.filter((value) => acked.includes(value)),
    acked,
    'in the order in which they were sent',
  )
})

test('closing with records under way settles each of them, and takes no more', async (t) => {
  const { proxy, publisher, publish, publishAll, outcomes } = await start(t)
  await publishAll('before')
  proxy.freeze()
  publish('sent')
  await waitFor(() => proxy.asked.filter(({ api }) => api === apis.produce).length === 2)
  publish('queued')
  const since = performance.now()
  await publisher.close(200)
  assert.ok(performance.now() - since < 2_000)
  assert.deepEqual(outcomes.map(({ value, outcome }) => `${value}: ${word(outcome)}`).toSorted(), [
    'before: stored',
    'queued: broker-unavailable',
    'sent: outcome-unknown',
  ])
  assert.equal(publish('late'), false)
  assert.deepEqual({ ...publisher.depth }, { count: 0, bytes: 0 })
})
