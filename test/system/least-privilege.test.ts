// A gateway, a backend and an operator with exactly the rights that `openclaw acl` prints, everything over TLS: what they do
// works, what they must not does not, and no secret of all that is ever printed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { createBackend } from '../../consumers/kit/backend.ts'
import { kafkaRights } from '../../gateway/compose/kafka-acl.ts'
import { makeTopics } from '../../gateway/compose/operator.ts'
import { redisRights } from '../../gateway/compose/redis-acl.ts'
import { loadConfig, type Overrides } from '../../gateway/config/load.ts'
import { createAuthority, shownAt, writeCertificate } from '../support/certificates.ts'
import { onEnd } from '../support/cleanup.ts'
import { connect as connectClient } from '../support/client.ts'
import { runCommand } from '../support/command.ts'
import { testCluster, writeConfig } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { randomName } from '../support/names.ts'
import { startProcess } from '../support/node-process.ts'
import { allow, secureKafka } from '../support/secure-kafka.ts'
import { secureRedis } from '../support/secure-redis.ts'
import { waitFor } from '../support/wait.ts'

const users = ['gateway', 'backend-echo', 'feed-prices', 'operator']

test('exactly enough rights, over TLS, with secrets that nobody sees', async (t) => {
  const kafka = await secureKafka(t, { users })
  const cluster = await testCluster(t, {
    stack: { brokers: kafka.adminBrokers, redisUrl: 'redis://127.0.0.1:1' },
  })
  const prices = `${cluster.name}.prices`
  const ssl = { ca: kafka.ca, ...kafka.client }
  const loginOf = (username: string) =>
    ({ mechanism: 'scram-sha-512', username, password: kafka.passwords[username] ?? '' }) as const
  const authority = createAuthority('clients')
  const served = (name: string) =>
    authority.issue({ subject: { CN: name }, names: ['127.0.0.1', 'localhost'] })
  const files = writeCertificate(cluster.folder, 'listener', served('first'))
  const secret = randomName('session-secret')
  const redis = await secureRedis(
    t,
    redisRights({
      redis: { url: 'rediss://h', prefix: 'openclaw', commandTimeout: 1 },
      cluster: cluster.name,
    }),
  )
  const overrides: Overrides = {
    listen: { host: '127.0.0.1', port: 0, tls: files },
    kafka: {
      brokers: [...kafka.brokers],
      ssl,
      sasl: loginOf('gateway'),
      connectionTimeout: '10s',
      requestTimeout: '10s',
    },
    redis: redis.redis,
    session: { secrets: [secret] },
    feeds: { prices: { topic: prices, to: 'user:{key}' } },
    log: { level: 'debug' },
  }
  const file = writeConfig(cluster, overrides)
  const loaded = loadConfig({ file, env: {} })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const { config } = loaded
  await allow(kafka, kafkaRights(config))
  const as = (username: string) =>
    new kafkajs.Kafka({
      brokers: [...kafka.brokers],
      ssl: { ca: readFileSync(kafka.ca), cert: readFileSync(ssl.cert), key: readFileSync(ssl.key) },
      sasl: loginOf(username) as never,
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: 10_000,
      retry: { retries: 2 },
    })

  const operator = { ...config, kafka: { ...config.kafka, sasl: loginOf('operator') } }
  const wanted = (name: string) => ({ name, partitions: 1, replication: 1, configs: {}, purpose: 'a test' })
  // The feed's topic is another team's; the slots and most of the rest are there already.
  await cluster.kafka.createTopics([{ topic: prices }])
  await makeTopics(operator, [wanted(cluster.topics.revocations)])
  const node = await startProcess(t, cluster, overrides)
  const backend = createBackend({
    brokers: kafka.brokers,
    ssl,
    sasl: loginOf('backend-echo'),
    group: 'echo',
    topics: { dispatch: cluster.topics.dispatch },
  })
  onEnd(t, () => backend.stop(5_000))
  await backend.consume(cluster.echo, (received) => received.reply(received.value))
  const secure = { scheme: 'wss', ca: authority.cert } as const
  const client = await connectClient(t, node.port, secure)
  client.send({ hello: { token: await tokenFor('alice') } })
  await client.next('welcome', undefined, 20_000)

  await t.test('a request goes round, and a backend and a feed reach the user', async () => {
    client.send({ request: { id: 'r', route: 'echo', payload: { n: 1 } } })
    assert.deepEqual((await client.next('reply', undefined, 20_000))['payload'], { n: 1 })
    await backend.sendTo({ user: 'alice' }, { by: 'dispatch' })
    assert.deepEqual((await client.next('message', undefined, 20_000))['payload'], { by: 'dispatch' })
    const producer = as('feed-prices').producer()
    await producer.connect()
    await producer.send({ topic: prices, messages: [{ key: 'alice', value: '"by feed"' }] })
    await producer.disconnect()
    assert.equal((await client.next('message', undefined, 20_000))['payload'], 'by feed')
  })

  await t.test('nothing that the gateway needs was refused', () => {
    const refused = node.lines.filter((line) =>
      /not authorized|could not be checked|NOPERM/i.test(JSON.stringify(line)),
    )
    assert.deepEqual(refused, [])
  })

  await t.test(
    'the gateway can neither create nor delete a topic, and writes none that is not its own',
    async () => {
      const admin = as('gateway').admin()
      await admin.connect()
      const created = admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic: `${cluster.name}.new` }],
      })
      await assert.rejects(created, (failure: { errors?: { type: string }[] }) => {
        assert.equal(failure.errors?.[0]?.type, 'TOPIC_AUTHORIZATION_FAILED')
        return true
      })
      await assert.rejects(admin.deleteTopics({ topics: [cluster.echo] }), /[Nn]ot authorized/)
      await admin.disconnect()
    },
  )

  for (const [user, topics] of [
    ['gateway', ['dispatch', 'revocations']],
    ['backend-echo', ['receipts', 'revocations', 'channels', 'quarantine']],
    ['feed-prices', ['dispatch', 'channels', 'revocations', 'slot']],
    ['operator', ['channels', 'receipts', 'slot']],
  ] as const) {
    await t.test(`${user} cannot write ${topics.join(', ')}`, async () => {
      const producer = as(user).producer({ allowAutoTopicCreation: false })
      await producer.connect()
      for (const name of topics) {
        const topic = name === 'slot' ? `${cluster.topics.slot}0` : cluster.topics[name]
        await assert.rejects(producer.send({ topic, messages: [{ value: 'x' }] }), /[Nn]ot authorized/, topic)
      }
      await producer.disconnect()
    })
  }

  await t.test('a backend cannot read what is for others', async () => {
    const admin = as('backend-echo').admin()
    await admin.connect()
    for (const topic of [cluster.topics.receipts, cluster.topics.channels, cluster.topics.revocations])
      await assert.rejects(admin.fetchTopicOffsets(topic), /[Nn]ot authorized/, topic)
    await admin.disconnect()
  })

  await t.test('told by SIGHUP it shows the new certificate, and the open socket stays', async () => {
    writeCertificate(cluster.folder, 'listener', served('second'))
    node.signal('SIGHUP')
    await waitFor(async () => (await shownAt(node.port, authority.cert)) === 'second', { timeoutMs: 20_000 })
    client.send({ request: { id: 'again', route: 'echo', payload: 2 } })
    assert.equal((await client.next('reply', undefined, 20_000))['payload'], 2)
  })

  await t.test(
    'no secret is in the log, in the configuration as printed, or in what operators are shown',
    async () => {
      const secrets = [secret, redis.redis.password, ...Object.values(kafka.passwords)]
      const admin = `http://127.0.0.1:${node.adminPort}`
      const shown = await Promise.all(
        ['/metrics', '/readyz?deep', '/livez', '/'].map(async (path) =>
          (await fetch(`${admin}${path}`)).text(),
        ),
      )
      const printed = await Promise.all(
        [['print-config'], ['print-config', '--json'], ['acl'], ['check-config']].map(async (words) => {
          const { stdout, stderr } = await runCommand([...words, '--config', file], { env: { DEBUG: '1' } })
          return stdout + stderr
        }),
      )
      const failing = writeConfig(cluster, {
        ...overrides,
        kafka: { brokers: [...kafka.brokers], ssl, sasl: { ...loginOf('gateway'), username: 'nobody' } },
      })
      const failed = await runCommand(['topics', 'plan', '--config', failing], { env: { DEBUG: '1' } })
      assert.equal(failed.code, 1)
      const all = [JSON.stringify(node.lines), ...shown, ...printed, failed.stdout, failed.stderr].join('\n')
      assert.ok(node.lines.length > 5 && all.includes('***'))
      for (const each of secrets) assert.equal(all.includes(each), false, each)
    },
  )
})
