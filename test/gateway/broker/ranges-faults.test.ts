// Parts of logs while Kafka is killed, falls silent, or is asked for much at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { onEnd } from '../../support/cleanup.ts'
import { kafkaProxy } from '../../support/kafka-proxy.ts'
import { ownKafka, testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { createTopic, numbers, outcomeOf, recordOf } from './contract-fixture.ts'
import { kafkaConfig, silent } from './fixture.ts'
import { offsetsOf, rangeOf, tailOf } from './range-fixture.ts'

const apiVersions = 18

test('a tail and a range outlive a kill of Kafka; what cannot be known meanwhile fails in time', async (t) => {
  const kafka = await ownKafka(t)
  const broker = createBroker(kafkaConfig({ brokers: [...kafka.brokers] }), { log: silent })
  onEnd(t, () => broker.close(1_000))
  const topic = await createTopic(broker)
  const publisher = broker.publisher()
  const append = (texts: readonly string[]) =>
    Promise.all(texts.map((text) => outcomeOf(publisher, recordOf(topic, 'k', text))))
  await append(numbers(100))
  const tail = tailOf(t, broker.ranges, topic, 0)
  await waitFor(() => tail.offsets().length === 100)
  assert.equal(offsetsOf(await rangeOf(broker.ranges, topic, 0, 50)).length, 50)

  await kafka.kill()
  const since = performance.now()
  await assert.rejects(broker.ranges.ends(topic, 400), { name: 'BrokerFailure' })
  await assert.rejects(rangeOf(broker.ranges, topic, 0, 10, { timeoutMs: 400 }), { name: 'BrokerFailure' })
  assert.deepEqual([...(await broker.ranges.lags([topic], 400))], [])
  assert.ok(performance.now() - since < 2_500)

  const range = rangeOf(broker.ranges, topic, 10, 150, { timeoutMs: 30_000 })
  await kafka.start()
  const back = performance.now()
  await append(numbers(100))
  const acked = performance.now()
  await waitFor(() => tail.offsets().length === 200, { timeoutMs: 20_000 })
  t.diagnostic(
    JSON.stringify({
      ackAfterStartMs: Math.round(acked - back),
      tailAfterAckMs: Math.round(performance.now() - acked),
    }),
  )
  assert.deepEqual(tail.offsets(), numbers(200).map(Number))
  assert.deepEqual(offsetsOf(await range), numbers(150).map(Number).slice(10))
  assert.deepEqual(await broker.ranges.ends(topic, 5_000), { start: 0, end: 200 })
})

test('a Kafka that falls silent holds up nobody for longer than was said', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const config = kafkaConfig({ brokers: [...proxy.brokers], requestTimeout: 1_000, connectionTimeout: 300 })
  const broker = createBroker(config, { log: silent })
  onEnd(t, () => broker.close(1_000))
  const topic = await createTopic(broker)
  const publisher = broker.publisher()
  await Promise.all(numbers(20).map((n) => outcomeOf(publisher, recordOf(topic, 'k', n))))
  await rangeOf(broker.ranges, topic, 0, 5)
  const going = tailOf(t, broker.ranges, topic, 20)
  const stopped = tailOf(t, broker.ranges, topic, 0)
  await waitFor(() => stopped.offsets().length === 20)
  proxy.freeze()
  const since = performance.now()
  await Promise.all([
    assert.rejects(broker.ranges.ends(topic, 300), { name: 'BrokerFailure' }),
    assert.rejects(rangeOf(broker.ranges, topic, 0, 5, { timeoutMs: 300 }), { name: 'BrokerFailure' }),
    broker.ranges.lags([topic], 300),
  ])
  assert.ok(performance.now() - since < 700)
  assert.ok((await stopped.stop()) < 200)
  proxy.thaw()
  await outcomeOf(publisher, recordOf(topic, 'k', 'later'))
  await waitFor(() => going.offsets().length === 1, { timeoutMs: 15_000 })
  assert.equal(offsetsOf(await rangeOf(broker.ranges, topic, 0, 21)).length, 21)
})

test('many ranges at once share connections, and tails that wait hold up none of them', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const broker = createBroker(kafkaConfig({ brokers: [...proxy.brokers] }), { log: silent })
  onEnd(t, () => broker.close(1_000))
  const topic = await createTopic(broker)
  const publisher = broker.publisher()
  await Promise.all(numbers(200).map((n) => outcomeOf(publisher, recordOf(topic, 'k', n))))
  const connections = () => proxy.asked.filter(({ api }) => api === apiVersions).length
  const before = connections()
  const ranges = await Promise.all(
    numbers(40).map((n) => rangeOf(broker.ranges, topic, Number(n), Number(n) + 100)),
  )
  assert.ok(ranges.every((chunks) => offsetsOf(chunks).length === 100))
  assert.equal(connections() - before, 2, 'one for fetches, one for everything else')
  const tails = [tailOf(t, broker.ranges, topic, 200), tailOf(t, broker.ranges, topic, 200)]
  await waitFor(() => connections() - before === 4)
  const took: number[] = []
  for (let i = 0; i < 20; i++) {
    const since = performance.now()
    await rangeOf(broker.ranges, topic, i, i + 10)
    await broker.ranges.ends(topic, 5_000)
    took.push(performance.now() - since)
  }
  took.sort((a, b) => a - b)
  t.diagnostic(JSON.stringify({ rangeAndEndsMs: took[10] }))
  // A tail that waits does so for half a second.
  assert.ok((took[10] as number) < 100)
  assert.deepEqual(
    tails.map(({ offsets }) => offsets()),
    [[], []],
  )
})
