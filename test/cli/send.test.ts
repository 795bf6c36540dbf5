// openclaw send: one record to a target or a topic, in Kafka before the command ends, or a sentence why not.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type RunOptions, runCommand } from '../support/command.ts'
import { type TestKafka, testKafka } from '../support/kafka.ts'
import { randomName } from '../support/names.ts'
import { testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const readOne = async (kafka: TestKafka, topic: string) => {
  const reads = await kafka.read(topic)
  await waitFor(() => reads.length > 0, { describe: `a record in ${topic}` })
  return reads
}

const cwd = join(import.meta.dirname, '../..')

test('a record reaches the dispatch topic with its target, or another topic with its key, byte for byte', async (t) => {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const [dispatch, other] = [randomName('dispatch'), randomName('other')]
  await kafka.createTopics([{ topic: dispatch }, { topic: other }])
  const env = { OPENCLAW_KAFKA_BROKERS: brokers.join(','), OPENCLAW_TOPICS_DISPATCH: dispatch }
  const send = async (args: readonly string[], more: RunOptions = {}) => {
    const ran = await runCommand(['send', ...args], { cwd, env, ...more })
    assert.equal(ran.code, 0, ran.stderr)
    return JSON.parse(ran.stdout) as unknown
  }
  const headers = [
    '--type',
    'greeting',
    '--tenant',
    'acme',
    '--header',
    'x-step=2',
    '--header',
    'ce_receipt=written',
  ]
  assert.deepEqual(await send(['user:alice,user:bob', '{"n": 9007199254740993}', ...headers]), {
    topic: dispatch,
    partition: 0,
    offset: 0,
  })
  assert.deepEqual(await send(['--topic', other, '--key', 'k', '-'], { stdin: 'piped\n' }), {
    topic: other,
    partition: 0,
    offset: 0,
  })

  const [first] = await readOne(kafka, dispatch)
  assert.equal(first?.text, '{"n": 9007199254740993}')
  assert.equal(first.key, 'user:alice,user:bob')
  const { ce_to, ce_type, ce_tenant, ce_receipt, ce_specversion, ce_id } = first.headers
  assert.deepEqual(
    { ce_to, ce_type, ce_tenant, ce_receipt, ce_specversion },
    {
      ce_to: 'user:alice,user:bob',
      ce_type: 'greeting',
      ce_tenant: 'acme',
      ce_receipt: 'written',
      ce_specversion: '1.0',
    },
  )
  assert.ok(ce_id)
  assert.equal(first.headers['x-step'], '2')
  assert.equal(first.headers['content-type'], 'application/json')
  const [second] = await readOne(kafka, other)
  assert.equal(second?.key, 'k')
  assert.equal(second.text, 'piped\n')
  assert.equal(second.headers['content-type'], 'text/plain')
  assert.equal('ce_to' in second.headers, false)
})

test('a missing topic and an absent Kafka are told apart, each with what to do', async () => {
  const { brokers } = await testStack()
  const at = (given: string) => ({ cwd, env: { OPENCLAW_KAFKA_BROKERS: given } })
  const [missing, away] = await Promise.all([
    runCommand(['send', '--topic', randomName('missing'), 'x'], at(brokers.join(','))),
    runCommand(['send', '--topic', 'any', 'x'], at('127.0.0.1:1')),
  ])
  assert.equal(missing.code, 1)
  assert.match(
    missing.stderr,
    /^openclaw: there is no topic missing-\w+, .*topics plan shows what is missing\n$/,
  )
  assert.equal(away.code, 1)
  assert.match(away.stderr, /^openclaw: no Kafka takes records at 127\.0\.0\.1:1 .*is it running\?\n$/)
})
