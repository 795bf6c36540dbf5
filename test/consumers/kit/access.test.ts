// A backend on a Kafka with TLS and logins, told by the variables that the gateway has.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { kafkaFromEnvironment } from '../../../consumers/kit/access.ts'
import { createBackend } from '../../../consumers/kit/backend.ts'
import type { Received } from '../../../consumers/kit/received.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { allow, secureKafka, tokenServer } from '../../support/secure-kafka.ts'
import { waitFor } from '../../support/wait.ts'

test('without variables it is the Kafka of the development stack', () => {
  assert.deepEqual(kafkaFromEnvironment({}), { brokers: ['127.0.0.1:19092'] })
  assert.deepEqual(kafkaFromEnvironment({ OPENCLAW_KAFKA_BROKERS: 'a:1, b:2', OPENCLAW_KAFKA_SSL: 'true' }), {
    brokers: ['a:1', 'b:2'],
    ssl: {},
  })
  assert.deepEqual(kafkaFromEnvironment({ OPENCLAW_KAFKA_SSL_CA: 'x' }).ssl, { ca: 'x' })
})

test('what a login lacks is named by its variable, and never its secret', () => {
  const login = (more: Record<string, string>) => () =>
    kafkaFromEnvironment({ OPENCLAW_KAFKA_SASL_PASSWORD: 'hunter2', ...more })
  const mechanism = (name: string) => ({ OPENCLAW_KAFKA_SASL_MECHANISM: name })
  assert.throws(login(mechanism('plain')), /^Error: OPENCLAW_KAFKA_SASL_USERNAME is needed for plain$/)
  assert.throws(login(mechanism('oauthbearer')), /^Error: OPENCLAW_KAFKA_SASL_TOKEN_URL is needed/)
  assert.throws(
    login(mechanism('constructor')),
    /^Error: OPENCLAW_KAFKA_SASL_MECHANISM is one of plain, scram/,
  )
})

const backendWith = async (t: TestContext, env: Record<string, string>, topic: string, group: string) => {
  const backend = createBackend({ ...kafkaFromEnvironment(env), group })
  onEnd(t, () => backend.stop(3_000))
  const seen: string[] = []
  await backend.consume(topic, (received: Received) => {
    seen.push(received.value.toString())
    return Promise.resolve()
  })
  const value = randomName('value')
  await backend.publish(topic, value, { key: 'k' })
  await waitFor(() => seen.includes(value), { timeoutMs: 30_000 })
  await backend.stop(3_000)
}

test('it consumes and publishes over TLS, with SCRAM and with tokens', async (t) => {
  const kafka = await secureKafka(t, { users: ['alice'] })
  const [topic, group] = [randomName('topic'), randomName('group')]
  await testKafka(t, kafka.adminBrokers).createTopics([{ topic }])
  await allow(kafka, [
    { role: 'alice', resource: 'topic', name: topic, prefixed: false, operations: ['Read', 'Write'] },
    { role: 'alice', resource: 'group', name: group, prefixed: false, operations: ['Read'] },
  ])
  const base = {
    OPENCLAW_KAFKA_BROKERS: kafka.brokers.join(','),
    OPENCLAW_KAFKA_SSL_CA: kafka.ca,
    OPENCLAW_KAFKA_SSL_CERT: kafka.client.cert,
    OPENCLAW_KAFKA_SSL_KEY: kafka.client.key,
  }
  const scram = {
    OPENCLAW_KAFKA_SASL_MECHANISM: 'scram-sha-512',
    OPENCLAW_KAFKA_SASL_USERNAME: 'alice',
    OPENCLAW_KAFKA_SASL_PASSWORD: kafka.passwords['alice'] ?? '',
  }
  await backendWith(t, { ...base, ...scram }, topic, group)
  const secret = randomName('secret')
  const tokens = await tokenServer(t, { user: 'alice', secret, lifeS: 600 })
  const oauth = {
    OPENCLAW_KAFKA_SASL_MECHANISM: 'oauthbearer',
    OPENCLAW_KAFKA_SASL_TOKEN_URL: tokens.url,
    OPENCLAW_KAFKA_SASL_CLIENT_ID: 'gateway',
    OPENCLAW_KAFKA_SASL_CLIENT_SECRET: secret,
  }
  await backendWith(t, { ...base, ...oauth }, topic, group)
  assert.equal(tokens.requests, 1)
})
