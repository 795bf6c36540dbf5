// API keys at a whole gateway: every place for one, what each wrong one is answered with, and the end of those revoked.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type MadeKey, makeKey } from '../support/api-keys.ts'
import { connect, welcomed } from '../support/client.ts'
import { type Cluster, startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const put = ({ kafka, topics }: Cluster, keys: readonly MadeKey[]) =>
  kafka.send(
    topics.keys,
    keys.map(({ id, record }) => ({ key: id, value: JSON.stringify(record) })),
  )

const remove = ({ kafka, topics }: Cluster, { id }: MadeKey) =>
  kafka.send(topics.keys, [{ key: id, value: null }])

/** Waits until the node knows the newest key, and so every one before it. */
const known = (port: number, { text }: MadeKey) =>
  waitFor(async () => (await explained(port, { 'x-api-key': text })).status === 200, { timeoutMs: 20_000 })

const explained = async (port: number, headers: Record<string, string>, path = '/echo') => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  return { status: response.status, code: ((await response.json()) as { code: string }).code }
}

async function started(t: TestContext) {
  const apiKeys = { enabled: true, query: true }
  const cluster = await testCluster(t, { overrides: { auth: { apiKeys } } })
  const key = makeKey('alice', { tenant: 'acme' })
  await put(cluster, [key])
  return { cluster, key }
}

test('a key opens the door in every place for one, and nothing of it is ever logged', async (t) => {
  const { cluster, key } = await started(t)
  const { port, lines } = await startProcess(t, cluster, { log: { level: 'debug' } })
  const echoed = await cluster.kafka.read(cluster.echo)
  const places: readonly (readonly [name: string, options: object, hello: object])[] = [
    ['header', { headers: { 'x-api-key': key.text } }, {}],
    ['query', { path: `/?api_key=${key.text}` }, {}],
    ['bearer', { token: key.text }, {}],
    ['subprotocol', { protocols: ['openclaw.v1.json', `openclaw.bearer.${key.text}`] }, {}],
    ['hello', {}, { token: key.text }],
  ]
  for (const [name, options, hello] of places) {
    const client = await connect(t, port, options)
    client.send({ hello })
    await client.next('welcome')
    client.send({ publish: { id: name, route: 'echo', payload: name } })
    await client.next('ack')
  }
  const raw = await connect(t, port, { protocols: [], path: `/echo?x=1&api_key=${key.text}` })
  raw.ws.send('"raw"')
  await waitFor(() => echoed.length === places.length + 1, { timeoutMs: 20_000 })
  for (const { headers } of echoed)
    assert.deepEqual([headers['ce_subject'], headers['ce_tenant']], ['alice', 'acme'])

  const bad = makeKey('alice').text
  for (const options of [
    { headers: { 'x-api-key': bad } },
    { headers: { 'x-api-key': 'nonsense' } },
    { path: `/?api_key=${bad}` },
    { path: `/?api_key=${key.text}&api_key=${key.text}` },
    { path: '/?api_key=' },
  ])
    assert.equal((await (await connect(t, port, options)).closed).code, 4401)
  const late = await connect(t, port)
  late.send({ hello: { token: bad } })
  assert.equal((await late.closed).code, 4401)
  await assert.rejects(connect(t, port, { protocols: [], path: `/echo?api_key=${bad}` }), /HTTP 401/)
  assert.deepEqual(await explained(port, { 'x-api-key': bad }), { status: 401, code: 'unauthenticated' })
  assert.deepEqual(await explained(port, {}, `/echo?api_key=${key.text}`), { status: 200, code: 'ok' })

  const logged = JSON.stringify(lines)
  for (const secret of [key.text.slice(-43), bad.slice(-43), 'api_key', '?x=1'])
    assert.ok(!logged.includes(secret), `${secret} is in the log`)
  assert.ok(lines.some(({ msg }) => msg === 'handshake rejected'))
})

test('the first place with a credential counts, and no other is tried', async (t) => {
  const { cluster, key } = await started(t)
  const { port } = await startNode(t, cluster)
  const token = await tokenFor('tom')
  const bad = makeKey('alice').text
  const echoed = await cluster.kafka.read(cluster.echo)
  const inQuery = `/?api_key=${key.text}`
  for (const [options, user] of [
    [{ token, headers: { 'x-api-key': bad }, path: inQuery }, 'tom'],
    [{ headers: { 'x-api-key': key.text }, path: `/?ticket=x&api_key=${bad}` }, 'alice'],
    [{ protocols: ['openclaw.v1.json', `openclaw.bearer.${token}`], path: inQuery }, 'tom'],
  ] as const) {
    const client = await connect(t, port, {
      ...options,
      protocols: [...(options.protocols ?? ['openclaw.v1.json'])],
    })
    client.send({ hello: { token: 'is-not-looked-at' } })
    await client.next('welcome')
    client.send({ publish: { id: '1', route: 'echo', payload: user } })
    await client.next('ack')
  }
  await waitFor(() => echoed.length === 3, { timeoutMs: 20_000 })
  for (const { text, headers } of echoed) assert.equal(`"${headers['ce_subject']}"`, text)
  for (const options of [
    { token: bad, headers: { 'x-api-key': key.text } },
    { headers: { 'x-api-key': bad }, path: inQuery },
    { path: `/?ticket=x&api_key=${key.text}` },
    { protocols: ['openclaw.v1.json', 'openclaw.bearer.a.b.c'], path: inQuery },
  ])
    assert.equal((await (await connect(t, port, options)).closed).code, 4401)
})

test('keys are looked at only where they are switched on', async (t) => {
  const { cluster, key } = await started(t)
  const { port } = await startNode(t, cluster, { auth: { apiKeys: { enabled: true, query: false } } })
  await known(port, key)
  await assert.rejects(connect(t, port, { protocols: [], path: `/echo?api_key=${key.text}` }), /HTTP 401/)
  const off = await startNode(t, cluster, { auth: { apiKeys: { enabled: false, query: false } } })
  assert.equal((await explained(off.port, { 'x-api-key': key.text })).status, 401)
  const client = await connect(t, off.port)
  client.send({ hello: { token: key.text } })
  assert.equal((await client.closed).code, 4401)
})

test('a key that is deleted, or loses the secret that was shown, closes its connections and no others', async (t) => {
  const { cluster, key } = await started(t)
  const [other, rotated] = [makeKey('alice', { tenant: 'acme' }), makeKey('bob')]
  await put(cluster, [other, rotated])
  const [one, two] = [await startNode(t, cluster), await startNode(t, cluster)]
  await Promise.all([one, two].map(({ port }) => known(port, rotated)))
  const gone = await Promise.all([one, two].map(({ port }) => welcomed(t, port, key.text)))
  const stays = await welcomed(t, one.port, other.text)
  const old = await welcomed(t, two.port, rotated.text)

  await remove(cluster, key)
  for (const client of gone) assert.equal((await client.closed).code, 4410)
  assert.equal((await explained(one.port, { 'x-api-key': key.text })).status, 401)

  const young = makeKey('bob')
  const secrets = [...rotated.record.secrets, ...young.record.secrets]
  const youngText = `oc_${rotated.id}_${young.text.slice(-43)}`
  await put(cluster, [{ ...rotated, record: { ...rotated.record, secrets } }])
  await known(two.port, { ...rotated, text: youngText })
  const both = await welcomed(t, two.port, youngText)
  old.send({ ping: {} })
  await old.next('pong')
  await put(cluster, [{ ...rotated, record: { ...rotated.record, secrets: young.record.secrets } }])
  assert.equal((await old.closed).code, 4410)
  for (const client of [both, stays]) {
    client.send({ ping: {} })
    await client.next('pong')
  }
})
