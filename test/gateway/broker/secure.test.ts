// Kafka over TLS with every login we speak: our own connections, kafkajs's groups, the probe and the topics.
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, it, type TestContext } from 'node:test'
import { createBroker } from '../../../gateway/broker/broker.ts'
import type { KafkaConfig } from '../../../gateway/config/settings.ts'
import type { PublishOutcome } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { allow, type SecureKafka, secureKafka, tokenServer } from '../../support/secure-kafka.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

const patient = { connectionTimeout: 10_000, requestTimeout: 20_000 }

/** Publishes a record, reads it back through a group, and asks whether Kafka is well. */
async function roundTrip(t: TestContext, config: KafkaConfig, topic: string): Promise<void> {
  const broker = createBroker(config, { log: silent })
  onEnd(t, () => broker.close(2_000))
  const publisher = broker.publisher()
  const starting = new AbortController()
  onEnd(t, () => starting.abort())
  await waitFor(() => broker.connect(starting.signal).then(() => true), { timeoutMs: 30_000 })
  const value = randomName('value')
  const outcome = await new Promise<PublishOutcome>((resolve) =>
    publisher.publish({ topic, key: 'k', value: Buffer.from(value), headers: {} }, resolve),
  )
  assert.ok(outcome.ok, JSON.stringify(outcome))
  const seen: string[] = []
  const reader = await broker.logs.readShared({
    topics: [topic],
    group: `group-${topic}`,
    onBatch(records) {
      seen.push(...records.map((record) => String(record.value)))
      return Promise.resolve()
    },
  })
  await waitFor(() => seen.includes(value), { timeoutMs: 30_000 })
  await waitFor(() => broker.answersFor(topic, 10_000), { timeoutMs: 30_000 })
  await reader.stop(2_000)
}

async function allowAll(t: TestContext, kafka: SecureKafka, user: string, topic: string): Promise<void> {
  const admin = testKafka(t, kafka.adminBrokers)
  await admin.createTopics([{ topic }])
  const open = { role: user, prefixed: false }
  await allow(kafka, [
    { ...open, resource: 'topic', name: topic, operations: ['Read', 'Write'] },
    { ...open, resource: 'group', name: `group-${topic}`, operations: ['Read'] },
  ])
}

describe('Kafka with TLS and logins', () => {
  it('takes PLAIN, SCRAM and OAUTHBEARER with a client certificate, and refuses what is wrong', async (t) => {
    const kafka = await secureKafka(t, { users: ['alice'] })
    const topic = randomName('topic')
    await allowAll(t, kafka, 'alice', topic)
    const secret = randomName('secret')
    const tokens = await tokenServer(t, { user: 'alice', secret, lifeS: 600 })
    const ssl = { ca: kafka.ca, ...kafka.client }
    const password = kafka.passwords['alice'] ?? ''
    const base = { ...patient, brokers: [...kafka.brokers], ssl }
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const)
      await roundTrip(t, kafkaConfig({ ...base, sasl: { mechanism, username: 'alice', password } }), topic)
    const sasl = {
      mechanism: 'oauthbearer',
      tokenUrl: tokens.url,
      clientId: 'gateway',
      clientSecret: secret,
    } as const
    await roundTrip(t, kafkaConfig({ ...base, sasl }), topic)
    assert.equal(tokens.requests, 1)

    const plain = { mechanism: 'plain', username: 'alice', password } as const
    for (const wrong of [
      { ...base, sasl: { ...plain, password: 'wrong-password' } },
      { ...base, sasl: { ...sasl, clientSecret: 'wrong-secret' } },
      { ...base, ssl: { ca: kafka.ca }, sasl: plain },
      { ...base, ssl: kafka.client, sasl: plain },
      { ...base, ssl: { ...ssl, serverName: 'other.example' }, sasl: plain },
    ]) {
      const said: string[] = []
      const warn = (fields: object) => void said.push(JSON.stringify(fields))
      const broker = createBroker(kafkaConfig(wrong), { log: { ...silent, warn, debug: warn } })
      broker.publisher()
      const stop = new AbortController()
      const connecting = broker.connect(stop.signal)
      await waitFor(() => said.some((line) => line.includes('"failure"')), { timeoutMs: 20_000 })
      stop.abort()
      await connecting
      await broker.close(500)
      assert.doesNotMatch(said.join('\n'), new RegExp(`${password}|${secret}|wrong-(password|secret)`))
    }
  })

  it('logs in again on the connection that it has, before Kafka ends it', async (t) => {
    const lifeMs = 11_500
    const kafka = await secureKafka(t, {
      users: ['alice'],
      clientCertificates: 'none',
      reauthenticateMs: lifeMs,
    })
    const topic = randomName('topic')
    await allowAll(t, kafka, 'alice', topic)
    const password = kafka.passwords['alice'] ?? ''
    const sasl = { mechanism: 'scram-sha-512', username: 'alice', password } as const
    const config = kafkaConfig({ ...patient, brokers: [...kafka.brokers], ssl: { ca: kafka.ca }, sasl })
    const broker = createBroker(config, { log: silent })
    onEnd(t, () => broker.close(2_000))
    const publisher = broker.publisher()
    await broker.connect(new AbortController().signal)
    const publish = () =>
      new Promise<PublishOutcome>((resolve) =>
        publisher.publish({ topic, key: 'k', value: Buffer.from('v'), headers: {} }, resolve),
      )
    assert.ok((await publish()).ok)
    let sockets = 0
    const onSocket = () => void sockets++
    subscribe('net.client.socket', onSocket)
    t.after(() => unsubscribe('net.client.socket', onSocket))
    const until = performance.now() + lifeMs + 1_000
    let published = 0
    await waitFor(
      async () => {
        assert.ok((await publish()).ok)
        published++
        return performance.now() > until
      },
      { timeoutMs: lifeMs + 20_000, everyMs: 50 },
    )
    assert.ok(published > 50, String(published))
    assert.equal(sockets, 0)
  })
})
