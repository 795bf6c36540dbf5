// Who gets a ticket from a whole gateway, from which pages, and how often; and the cookie that pages may come with.
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { connect } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { explained, given, overrides, page, post } from '../support/tickets.ts'

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

test('asking for tickets counts as knocking at the door', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const listen = { host: '127.0.0.1', port: 0, trustedProxies: ['127.0.0.1'] }
  const limits = { rates: { address: { newConnections: '3/h' } } }
  const { port } = await startNode(t, cluster, { listen, limits })
  const authorization = `Bearer ${await tokenFor('alice')}`
  const headers = { authorization, 'x-forwarded-for': '203.0.113.5' }
  for (let n = 0; n < 3; n++) await given(port, headers)
  const answer = await post(port, headers)
  assert.deepEqual([answer.status, await answer.json()], [429, { code: 'rate-limited' }])
  assert.ok(Number(answer.headers.get('retry-after')) >= 1)
})
