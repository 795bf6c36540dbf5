// Tickets at a whole gateway: used once, on any node, as whoever asked for them, and never logged.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { makeKey } from '../support/api-keys.ts'
import { connect, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { ownRedis, testStack } from '../support/stack.ts'
import { explained, given, overrides, post } from '../support/tickets.ts'
import { waitFor } from '../support/wait.ts'

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
