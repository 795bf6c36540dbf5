// Tickets at a whole gateway: given to who shows a credential, used once, told to pages of our origins only, and never logged.
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { type TestContext, test } from 'node:test'
import { makeKey } from '../support/api-keys.ts'
import { connect, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { ownRedis, testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const page = 'https://app.example.com'
const overrides = { origins: [page], auth: { apiKeys: { enabled: true }, cookie: { name: 'session' } } }

const post = (port: number, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}/tickets`, { method: 'POST', headers, ...init })

const given = async (port: number, headers: Record<string, string>): Promise<string> => {
  const response = await post(port, headers)
  const body = (await response.json()) as { ticket: string; expiresAt: string }
  assert.equal(response.status, 201)
  const left = Date.parse(body.expiresAt) - Date.now()
  assert.ok(left > 0 && left <= 60_000, body.expiresAt)
  return body.ticket
}

const explained = async (port: number, ticket: string) =>
  (await fetch(`http://127.0.0.1:${port}/echo?ticket=${ticket}`)).status

/** Comes in with the ticket; undefined where it is turned away, with 4401. */
async function enter(t: TestContext, port: number, ticket: string) {
  const client = await connect(t, port, { path: `/?ticket=${ticket}` })
  client.send({ hello: {} })
  const { code } = await Promise.race([client.closed, client.next('welcome').then(() => ({ code: 0 }))])
  if (code === 0) return client
  assert.equal(code, 4401)
  return undefined
}

test('a ticket opens one connection on any node, as whoever asked for it, and nothing of it is logged', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const { port, lines } = await startProcess(t, cluster, { log: { level: 'debug' } })
  const other = await startNode(t, cluster)
  const echoed = await cluster.kafka.read(cluster.echo)
  const token = await tokenFor('alice', { claims: { tenant: 'acme' } })
  const authorization = `Bearer ${token}`

  const ticket = await given(port, { authorization })
  assert.equal(await explained(port, ticket), 200)
  assert.equal(await explained(other.port, ticket), 200)
  const client = await enter(t, other.port, ticket)
  client?.send({ publish: { id: '1', route: 'echo', payload: 1 } })
  await client?.next('ack')
  await waitFor(() => echoed.length === 1, { timeoutMs: 20_000 })
  assert.deepEqual([echoed[0]?.headers['ce_subject'], echoed[0]?.headers['ce_tenant']], ['alice', 'acme'])
  assert.equal(await explained(port, ticket), 401)
  for (const { port: again } of [{ port }, other]) assert.equal(await enter(t, again, ticket), undefined)

  for (let n = 0; n < 5; n++) {
    const raced = await given(port, { authorization })
    const came = await Promise.all([port, other.port, port, other.port].map((each) => enter(t, each, raced)))
    assert.equal(came.filter((each) => each !== undefined).length, 1)
  }
  const raw = await given(port, { authorization })
  const bare = await connect(t, port, { protocols: [], path: `/echo?ticket=${raw}` })
  bare.ws.send('2')
  await waitFor(() => echoed.length === 2, { timeoutMs: 20_000 })
  await assert.rejects(connect(t, port, { protocols: [], path: `/echo?ticket=${raw}` }), /HTTP 401/)
  // A handshake that fails for something else has not used it.
  const kept = await given(port, { authorization })
  await assert.rejects(connect(t, port, { protocols: [], path: `/none?ticket=${kept}` }), /HTTP 404/)
  const elsewhere = await connect(t, port, { path: `/?ticket=${kept}`, origin: 'https://evil.example' })
  assert.equal((await elsewhere.closed).code, 4403)
  assert.ok(await enter(t, port, kept))

  const logged = JSON.stringify(lines)
  for (const secret of [ticket, raw, kept, token, token.slice(-40), 'ticket='])
    assert.ok(!logged.includes(secret), `${secret} is in the log`)
})

test('a ticket ends with the key that it was given for', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const { port } = await startNode(t, cluster)
  const key = makeKey('bob')
  await cluster.kafka.send(cluster.topics.keys, [{ key: key.id, value: JSON.stringify(key.record) }])
  const headers = { 'x-api-key': key.text }
  await waitFor(async () => (await post(port, headers)).status === 201, { timeoutMs: 20_000 })
  const [one, two] = [await given(port, headers), await given(port, headers)]
  const client = await enter(t, port, one)
  await cluster.kafka.send(cluster.topics.keys, [{ key: key.id, value: null }])
  assert.equal((await client?.closed)?.code, 4410)
  assert.equal(await enter(t, port, two), undefined)
})

test('pages of our origins may ask, others learn nothing, and each answer says that it depends on the origin', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const { port } = await startNode(t, cluster)
  const token = await tokenFor('alice')
  const authorization = `Bearer ${token}`
  const ask = async (method: string, headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${port}/tickets`, { method, headers })
    const cors = Object.fromEntries(
      [...response.headers].filter(([name]) => name.startsWith('access-control-')),
    )
    return { status: response.status, vary: response.headers.get('vary'), cors, body: await response.text() }
  }
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  }
  const shown = { 'access-control-allow-origin': page, 'access-control-allow-credentials': 'true' }
  assert.deepEqual(await ask('OPTIONS', { origin: page, ...preflight }), {
    status: 204,
    vary: 'Origin',
    cors: {
      ...shown,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, x-api-key',
      'access-control-max-age': '600',
    },
    body: '',
  })
  const good = await ask('POST', { origin: page, authorization })
  assert.deepEqual([good.status, good.vary, good.cors], [201, 'Origin', shown])
  const bad = await ask('POST', { origin: page, authorization: 'Bearer a.b.c' })
  assert.deepEqual([bad.status, bad.vary, bad.cors], [401, 'Origin', shown])
  assert.equal(bad.body, '{"code":"unauthenticated"}\n')
  for (const origin of ['https://evil.example', 'null', `${page}.evil.example`]) {
    const refused = { status: 403, vary: 'Origin', cors: {}, body: '{"code":"origin-not-allowed"}\n' }
    assert.deepEqual(await ask('OPTIONS', { origin, ...preflight }), refused)
    assert.deepEqual(await ask('POST', { origin, authorization }), refused)
  }
  const plain = await ask('POST', { authorization })
  assert.deepEqual([plain.status, plain.vary, plain.cors], [201, 'Origin', {}])
  assert.equal((await ask('POST', {})).status, 401)

  // A page comes with its cookie; what has no Origin is not helped by one.
  const cookie = `session=${token}`
  assert.equal((await ask('POST', { origin: page, cookie })).status, 201)
  assert.equal((await ask('POST', { cookie })).status, 401)
  assert.equal((await ask('POST', { origin: 'https://evil.example', cookie })).status, 403)
})

test('a cookie opens the door from our pages only, and a credential that was meant comes first', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const { port } = await startNode(t, cluster)
  const token = await tokenFor('alice')
  const headers = { cookie: `session=${token}` }
  const client = await connect(t, port, { headers, origin: page })
  client.send({ hello: {} })
  await client.next('welcome')
  const foreign = await connect(t, port, { headers, origin: 'https://evil.example' })
  assert.equal((await foreign.closed).code, 4403)
  const without = await connect(t, port, { headers })
  without.send({ hello: {} })
  assert.equal((await without.closed).code, 4401)
  const stale = await connect(t, port, { headers: { cookie: 'session=a.b.c' }, origin: page })
  assert.equal((await stale.closed).code, 4401)
  const both = await connect(t, port, { headers, origin: page, path: '/?ticket=none' })
  assert.equal((await both.closed).code, 4401)
})

test('what is asked with more than a ticket needs, or as something else, is turned away', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const { port } = await startNode(t, cluster)
  const authorization = `Bearer ${await tokenFor('alice')}`
  const ticket = await given(port, { authorization })
  assert.equal(
    (await fetch(`http://127.0.0.1:${port}/tickets?ticket=${ticket}`, { method: 'POST' })).status,
    401,
  )
  assert.equal(await explained(port, ticket), 200)
  assert.equal((await post(port, { authorization }, { body: '{"any":"thing"}' })).status, 201)
  assert.equal((await post(port, { authorization }, { method: 'PUT' })).status, 400)
  // Sent piece by piece and without an end: it is answered before all of it came.
  const status = await new Promise<number>((resolve, reject) => {
    const asked = httpRequest({ port, path: '/tickets', method: 'POST', headers: { authorization } })
    asked.on('response', (response) => {
      clearInterval(sending)
      resolve(response.statusCode ?? 0)
      response.resume()
      asked.destroy()
    })
    asked.on('error', reject)
    const sending = setInterval(() => asked.write('x'.repeat(4_096)), 5)
  })
  assert.equal(status, 400)
  const off = await startNode(t, cluster, { auth: { ...overrides.auth, tickets: { enabled: false } } })
  assert.equal((await post(off.port, { authorization })).status, 400)
  assert.equal(await explained(off.port, ticket), 401)
})

test('without Redis a ticket is neither good nor bad: come again', async (t) => {
  const [redis, { brokers }] = [await ownRedis(t), await testStack()]
  const stack = { brokers, redisUrl: redis.url }
  const cluster = await testCluster(t, { overrides, stack })
  const { port } = await startNode(t, cluster, { redis: { url: redis.url, commandTimeout: 500 } })
  const token = await tokenFor('alice')
  const headers = { authorization: `Bearer ${token}` }
  const ticket = await given(port, headers)
  await redis.kill()
  await waitFor(async () => (await post(port, headers)).status === 503, { timeoutMs: 20_000 })
  const answer = await post(port, headers)
  assert.deepEqual([await answer.json(), answer.headers.get('retry-after')], [{ code: 'not-ready' }, '1'])
  assert.equal(await explained(port, ticket), 503)
  const client = await connect(t, port, { path: `/?ticket=${ticket}` })
  assert.equal((await client.closed).code, 1013)
  await welcomed(t, port, token)
})
