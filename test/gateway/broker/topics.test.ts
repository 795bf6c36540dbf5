// Topics on a real Kafka: made as wanted, described as they are, and those that are there left alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTopics } from '../../../gateway/broker/topics.ts'
import { planTopics, type WantedTopic } from '../../../gateway/config/topics.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { kafkaConfig, silent } from './fixture.ts'

const wanted = (name: string, more: Partial<WantedTopic> = {}): WantedTopic => ({
  name,
  partitions: 2,
  replication: 1,
  configs: { 'retention.ms': '600000', 'message.timestamp.type': 'LogAppendTime' },
  purpose: 'a test',
  ...more,
})

test('what was created is described as it was wanted, and the plan is then empty', async () => {
  const { brokers } = await testStack()
  const topics = createTopics(kafkaConfig({ brokers: [...brokers] }), silent)
  const [a, b] = [randomName('a'), randomName('b')]
  assert.deepEqual(await topics.describe([a, b]), [])
  await topics.create([wanted(a)])
  const [one] = await topics.describe([a, b])
  assert.equal(one?.name, a)
  assert.deepEqual([one.partitions, one.replication], [2, 1])
  assert.equal(one.configs['retention.ms'], '600000')
  assert.equal(one.configs['cleanup.policy'], 'delete')
  assert.deepEqual(planTopics([wanted(a)], [one]), [])

  // One is there already: it stays as it is, and the other is made all the same.
  await topics.create([wanted(a, { partitions: 5, configs: {} }), wanted(b)])
  const both = await topics.describe([a, b])
  const found = new Map(both.map(({ name, partitions }) => [name, partitions]))
  assert.deepEqual([found.get(a), found.get(b)], [2, 2])
})

test('a topic that cannot be made, and a Kafka that is not there, fail with a BrokerFailure', async () => {
  const { brokers } = await testStack()
  const topics = createTopics(kafkaConfig({ brokers: [...brokers] }), silent)
  const [there, other] = [randomName('there'), randomName('other')]
  await topics.create([wanted(there)])
  await assert.rejects(topics.create([wanted(there), wanted(other, { replication: 7 })]), {
    name: 'BrokerFailure',
  })
  const nowhere = createTopics(kafkaConfig({ brokers: ['127.0.0.1:1'] }), silent)
  await assert.rejects(nowhere.describe(['any']), { name: 'BrokerFailure' })
})
