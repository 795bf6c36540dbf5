// How often an address and a user may come, and how many connections they have, over two nodes and without Redis.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as netConnect } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { onEnd } from '../support/cleanup.ts'
import { connect, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { ownRedis, testStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const listen = { host: '127.0.0.1', port: 0, trustedProxies: ['127.0.0.1'] }
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

test('an address comes so often over all nodes; then it is told by 4529, by 429 and by a plain GET', async (t) => {
  const cluster = await testCluster(t)
  const settings = { listen, limits: { rates: { address: { newConnections: '4/m' } } } }
  const nodes = [await startNode(t, cluster, settings), await startNode(t, cluster, settings)]
  const [one = 0, two = 0] = nodes.map(({ port }) => port)
  for (const port of [one, two, one, two]) await connect(t, port, from('203.0.113.5, 127.0.0.1'))
  for (const port of [one, two]) {
    assert.equal((await (await connect(t, port, from('203.0.113.5'))).closed).code, 4529)
    const raw = { ...from('203.0.113.5'), protocols: [], path: '/echo' }
    await assert.rejects(connect(t, port, { ...raw, token: await tokenFor('alice') }), /HTTP 429/)
    const told = await fetch(`http://127.0.0.1:${port}/echo`, from('203.0.113.5'))
    assert.deepEqual([told.status, await told.json()], [429, { code: 'rate-limited' }])
    assert.ok(Number(told.headers.get('retry-after')) > 30)
    // Neither somebody else nor this machine itself is held up.
    assert.equal((await connect(t, port, from('203.0.113.6'))).ws.readyState, WebSocket.OPEN)
    await welcomed(t, port, await tokenFor('alice'))
  }
})

test('a user has so many connections over all nodes, however it shows who it is', async (t) => {
  const cluster = await testCluster(t)
  const settings = { limits: { rates: { principal: { connections: 2 } } } }
  const nodes = [await startNode(t, cluster, settings), await startNode(t, cluster, settings)]
  const [one = 0, two = 0] = nodes.map(({ port }) => port)
  const token = await tokenFor('alice')
  const first = await welcomed(t, one, token)
  const raw = { protocols: [], path: '/echo', token }
  await connect(t, two, raw)
  await assert.rejects(connect(t, one, raw), /HTTP 429/)
  const third = await connect(t, two)
  third.send({ hello: { token } })
  assert.equal((await third.closed).code, 4529)
  await welcomed(t, two, await tokenFor('bob'))
  first.close()
  await first.closed
  await waitFor(() => welcomed(t, two, token), { timeoutMs: 20_000, everyMs: 50 })
})

test('the quota of a tenant counts connections and frames of all of its users on all nodes', async (t) => {
  const cluster = await testCluster(t)
  const tenants = { acme: { quotas: { connections: 3, messagesPerSecond: 10 } } }
  const nodes = [await startNode(t, cluster, { tenants }), await startNode(t, cluster, { tenants })]
  const [one = 0, two = 0] = nodes.map(({ port }) => port)
  const of = (user: string, tenant = 'acme') => tokenFor(user, { claims: { tenant } })
  const clients = [await welcomed(t, one, await of('a')), await welcomed(t, two, await of('b'))]
  assert.deepEqual(
    clients.map(({ welcome }) => (welcome['limits'] as Record<string, number>)['messagesPerSecond']),
    [10, 10],
  )
  await welcomed(t, one, await of('c'))
  const fourth = await connect(t, two)
  fourth.send({ hello: { token: await of('d') } })
  assert.equal((await fourth.closed).code, 4529)
  await welcomed(t, two, await of('d', 'other'))
  // Each sends for three seconds as fast as a node alone would let it: together they get what one tenant may have.
  const since = performance.now()
  let n = 0
  await waitFor(
    () => {
      for (const client of clients) client.send({ publish: { id: `t-${n++}`, route: 'echo', payload: n } })
      return performance.now() - since > 3_000
    },
    { everyMs: 20 },
  )
  const answered = () =>
    clients.flatMap(({ frames }) => frames.filter(({ kind }) => kind === 'ack' || kind === 'refusal'))
  await waitFor(() => answered().length === n)
  const acked = answered().filter(({ kind }) => kind === 'ack').length
  t.diagnostic(`${acked} of ${n} frames taken in 3 s; the quota is 10/s`)
  // At first each node's own bucket is full; then all is told ten times a second. Alone each node would take 40.
  assert.ok(acked >= 20 && acked <= 20 + 1.5 * 30, String(acked))
})

test('without Redis each node counts for itself, nobody is closed, and nothing fails', async (t) => {
  const redis = await ownRedis(t)
  const stack = { ...(await testStack()), redisUrl: redis.url }
  const cluster = await testCluster(t, { stack })
  const rates = { address: { newConnections: '3/m', connections: 10 }, principal: { connections: 3 } }
  const settings = { listen, limits: { rates }, redis: { url: redis.url, commandTimeout: 500 } }
  const nodes = [await startNode(t, cluster, settings), await startNode(t, cluster, settings)]
  const [one = 0, two = 0] = nodes.map(({ port }) => port)
  const token = await tokenFor('alice')
  const old = await welcomed(t, one, token)
  await redis.kill()
  const come = (port: number) => connect(t, port, from('203.0.113.5'))
  for (const port of [one, one, one, two, two, two]) {
    const client = await come(port)
    client.send({ hello: { token } })
    // Of this user each node lets three in, too; whether a session can be bound without Redis is another matter.
    await waitFor(() => client.frames.length > 0 || client.ws.readyState !== WebSocket.OPEN)
  }
  for (const port of [one, two]) assert.equal((await (await come(port)).closed).code, 4529)
  assert.equal(old.ws.readyState, WebSocket.OPEN)
  old.send({ publish: { id: 'still', route: 'echo', payload: 1 } })
  assert.equal((await old.next('ack'))['id'], 'still')
  await redis.start()
  await waitFor(() => nodes.every((node) => node.readiness().degraded.length === 0), { timeoutMs: 30_000 })
  assert.equal(old.ws.readyState, WebSocket.OPEN)
})

test('behind a proxy that speaks the PROXY protocol, the address that it names is counted', async (t) => {
  const cluster = await testCluster(t)
  const settings = {
    listen: { ...listen, proxyProtocol: true },
    limits: { rates: { address: { newConnections: '2/m' } } },
  }
  const node = await startNode(t, cluster, settings)
  const through = async (header: string): Promise<number> => {
    const socket = netConnect(node.port, '127.0.0.1')
    onEnd(t, () => socket.destroy())
    await once(socket, 'connect')
    socket.write(header)
    const ws = new WebSocket(`ws://127.0.0.1:${node.port}/`, ['openclaw.v1.json'], {
      createConnection: () => socket,
    })
    ws.on('error', () => undefined)
    ws.once('open', () => ws.send('{"ping":{}}'))
    return new Promise((resolve) => ws.once('close', resolve))
  }
  const line = (address: string) => `PROXY TCP4 ${address} 192.0.2.1 1 2\r\n`
  const codes = []
  for (const address of ['203.0.113.5', '203.0.113.5', '203.0.113.5', '203.0.113.6'])
    codes.push(await through(line(address)))
  // 4400: let in, and then it did not say hello first.
  assert.deepEqual(codes, [4400, 4400, 4529, 4400])
  assert.equal(await through('GET / HTTP/1.1\r\n\r\n'), 1006)
})
