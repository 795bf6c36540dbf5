// Names and headers that clients choose: they reach Kafka and Redis as what they are, and nothing else: no header, key, topic, channel or line of the log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { onEnd } from '../support/cleanup.ts'
import { connect, welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const forged = '{"level":"fatal","msg":"forged"}'
const users = [
  'a:b',
  'a/b',
  '../../etc/passwd',
  'session:x',
  '{main}',
  '}:{evil}:slots',
  '*',
  'a*[b]?',
  'a b',
  'a,user:b',
  'a%2Cuser:b',
  '%00',
  '%uD800',
  '\u2028line',
  '\u202egnp.exe',
  '__proto__',
  'constructor',
  "'; FLUSHALL; --",
  '"$(id)`id`${id}"',
  '${env:OPENCLAW_SECRET}',
  'openclaw.dispatch',
  `x ${forged}`,
  'é'.repeat(128),
  'A',
  'a',
]
const nobody = ['a\nb', 'a\r\nb', 'a\u0000', '\u001b[2J', 'a\ud800', 'x'.repeat(257), '']

/** Each would be another header, a header of ours, or one line more. */
const badHeaders: readonly Record<string, unknown>[] = [
  { 'x-a': 'b\r\nce_subject: root' },
  { 'x-a': 'b\nc' },
  { 'x-a': 'b\u0000c' },
  { 'x-a': 'b\u2028c' },
  { 'x-a\r\nce_subject': 'root' },
  { 'x-a: b': 'c' },
  { 'x-a b': 'c' },
  { 'x-ä': 'c' },
  { 'x-': 'c' },
  { x: 'c' },
  ...[
    'ce_subject',
    'CE_SUBJECT',
    'Ce_Tenant',
    'ce-subject',
    'ce_replyto',
    'ce_session',
    'ce_to',
    'ce_id',
    'ce_command',
    'ce_hops',
  ].map((name) => ({ [name]: 'root' })),
  ...[
    'content-type',
    'traceparent',
    'kafka_replyTopic',
    'kafka_correlationId',
    'openclaw-forward',
    '__proto__',
    'constructor',
    ' x-a',
    'x_a',
  ].map((name) => ({ [name]: 'c' })),
  { 'x-a': '1', 'X-A': '2' },
  { 'x-a': 1 },
  { 'x-a': null },
  { 'x-a': ['b'] },
  { 'x-a': 'y'.repeat(1_025) },
  { [`x-${'y'.repeat(63)}`]: 'c' },
  Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`x-${n}`, 'c'])),
]
const badFields: readonly Record<string, unknown>[] = [
  { type: 'a\r\nce_subject: root' },
  { type: 'a\u0000' },
  { contentType: 'text/plain\r\nce_subject: root' },
  { contentType: 'application/cloudevents+json' },
  { contentType: 'APPLICATION/CloudEvents' },
  { contentType: ' application/cloudevents+json' },
  { trace: '00-0-0-00\r\nx: y' },
  { key: 'a\nb' },
  { key: 'x'.repeat(513) },
  { sequence: '-1' },
  { sequence: '1e3' },
  { id: '../x' },
  { id: 'x/y' },
  { route: '' },
]

test('names and headers that clients choose', async (t) => {
  const cluster = await testCluster(t, {
    slots: 1,
    overrides: { channels: { 'room:{room}': { subscribe: true, publish: true, members: true } } },
  })
  const node = await startProcess(t, cluster, {
    log: { level: 'debug' },
    development: true,
    listen: { host: '127.0.0.1', port: 0, trustedProxies: ['127.0.0.1'] },
  })
  const echoed = await cluster.kafka.read(cluster.echo)
  const redis = new Redis(cluster.stack.redisUrl)
  onEnd(t, () => redis.disconnect())
  const before = echoed.length

  await t.test('a user by any name is that user, in records, on channels and to whom one sends', async () => {
    for (const user of users) {
      const client = await welcomed(t, node.port, await tokenFor(user), {
        client: { name: `n ${forged}`, version: '1:*', instance: `i:{*}\u2028${forged}` },
      }).catch(async () => welcomed(t, node.port, await tokenFor(user)))
      client.send({ subscribe: { id: 's', channel: 'room:1', members: true } })
      await client.next('subscribed')
      client.send({ publish: { id: 'p', route: 'echo', payload: user } })
      await client.next('ack')
      const to = `user:${user.replaceAll('%', '%25').replaceAll(',', '%2C')}`
      await cluster.kafka.send(cluster.topics.dispatch, [
        { value: JSON.stringify(user), headers: { ce_to: to } },
      ])
      assert.equal(
        (await client.next('message', ({ channel }) => channel === undefined, 20_000))['payload'],
        user,
      )
      // Nobody else's came in between.
      assert.ok(client.frames.every(({ kind, channel }) => kind !== 'message' || channel !== undefined))
    }
    await waitFor(() => echoed.length >= before + users.length, { timeoutMs: 20_000 })
    const subjects = new Set(echoed.map(({ headers, key }) => `${headers['ce_subject']} ${key}`))
    assert.deepEqual(subjects, new Set(users.map((user) => `${user} ${user}`)))
    for (const { headers } of echoed) assert.match(headers['ce_id'] ?? '', /^[A-Za-z0-9_-]{22}\/p$/)
  })
  await t.test('every key in Redis is one of those that are documented', async () => {
    const base = `openclaw:{${cluster.name}}:`
    const keys = await redis.keys(`openclaw:[{]${cluster.name}[}]:*`)
    const part = "(%u?[0-9A-F]{2,4}|[A-Za-z0-9\\-_.!~*'()])*"
    const known = new RegExp(
      `^(slots|birth|ended|unregistered|reaper|teller|present|slot:\\d+:\\d+|present:\\d+:\\d+|session:[A-Za-z0-9_-]{22}|user:${part}(/${part})?|members:${part}/${part}|(held|rate|ticket):.*)$`,
    )
    assert.ok(keys.length > users.length)
    for (const key of keys) assert.match(key.slice(base.length), known)
    assert.equal(keys.filter((key) => key.startsWith(`${base}user:`)).length, users.length)
  })
  await t.test('what is no name is nobody', async () => {
    for (const user of nobody) {
      const client = await connect(t, node.port)
      client.send({ hello: { token: await tokenFor(user) } })
      assert.equal((await client.closed).code, 4401)
    }
  })
  await t.test('no header nor field can be another one', async () => {
    const client = await welcomed(t, node.port, await tokenFor('mallory'))
    const count = echoed.length
    const frames = [...badHeaders.map((headers) => ({ headers })), ...badFields]
    for (const more of frames) {
      client.send({ publish: { id: 'h', route: 'echo', payload: 1, ...more } })
      const refusal = await client.next('refusal')
      assert.ok(['invalid-frame', 'unknown-route'].includes(String(refusal['code'])), JSON.stringify(more))
      assert.ok(String(refusal['message']).length < 300)
    }
    // A name that JSON would take for the prototype.
    client.ws.send('{"publish":{"id":"h","route":"echo","payload":1,"headers":{"__proto__":{"x-a":"b"}}}}')
    assert.equal((await client.next('refusal'))['code'], 'invalid-frame')
    client.send({ publish: { id: 'last', route: 'echo', payload: 1, headers: { 'X-A': 'b' } } })
    await client.next('ack')
    await waitFor(() => echoed.length > count, { timeoutMs: 20_000 })
    assert.equal(echoed.length, count + 1)
    const { headers } = echoed.at(-1) ?? assert.fail()
    assert.deepEqual([headers['x-a'], headers['ce_subject']], ['b', 'mallory'])
    assert.deepEqual(
      Object.keys(headers).filter((name) => !/^(ce_[a-z]+|content-type|x-a)$/.test(name)),
      [],
    )
  })
  await t.test('every line of the log is one of ours', async () => {
    const evil = `https://evil.example/${forged}`
    for (const headers of [{ origin: evil }, { 'x-forwarded-for': forged }, { 'user-agent': forged }])
      await connect(t, node.port, { headers, path: `/${encodeURIComponent(forged)}?token=sesame` }).then(
        (client) => client.close(),
      )
    await waitFor(() => node.lines.some(({ msg }) => String(msg).includes('origin refused')))
    for (const line of node.lines) {
      assert.equal(line['node'], node.name, JSON.stringify(line))
      assert.notEqual(line['level'], 'fatal')
      assert.notEqual(line['msg'], 'forged')
    }
    const all = JSON.stringify(node.lines)
    for (const never of ['sesame', 'eyJ', 'user-agent', '\u2028']) assert.ok(!all.includes(never), never)
  })
})
