// Upgrades: what is answered before the 101, what is told by a close code after it, and the seats meanwhile.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { Verdict } from '../../../gateway/admission/admit.ts'
import { jsonCodec } from '../../../gateway/protocol/json.ts'
import { waitFor } from '../../support/wait.ts'
import { alice } from '../fakes.ts'
import { exchange, handshake, json, open } from './peer.ts'
import { startWorld } from './world.ts'

const draining = { code: 'draining', retryAfterS: 7 } as const

for (const [what, headers, path, status, code, more] of [
  [
    'no common subprotocol',
    { 'sec-websocket-protocol': 'graphql-ws' },
    '/',
    400,
    'no-common-subprotocol',
    {},
  ],
  ['a bad credential, raw', { authorization: 'Bearer bad' }, '/raw', 401, 'unauthenticated', {}],
  ['no credential, raw', {}, '/raw', 401, 'unauthenticated', {}],
  ['another origin, raw', { origin: 'https://bad' }, '/raw', 403, 'origin-not-allowed', {}],
  ['an unknown path, raw', {}, '/nowhere', 404, 'unknown-path', {}],
  ['a node that drains, raw', {}, '/raw', 503, 'draining', { closed: draining }],
  [
    'a bad credential where HTTP is preferred',
    { authorization: 'Bearer bad', 'sec-websocket-protocol': json },
    '/',
    401,
    'unauthenticated',
    { rejectBy: 'http' },
  ],
  [
    'another version of WebSocket',
    { 'sec-websocket-version': '7', authorization: 'Bearer good' },
    '/raw',
    400,
    'bad-request',
    {},
  ],
  [
    'no key',
    { 'sec-websocket-key': undefined, authorization: 'Bearer good' },
    '/raw',
    400,
    'bad-request',
    {},
  ],
  ['another kind of upgrade', { upgrade: 'h2c' }, '/', 400, 'bad-request', {}],
  ['a full node', { 'sec-websocket-protocol': json }, '/', 503, 'full', { connections: 0 }],
  ['a node full of strangers', { 'sec-websocket-protocol': json }, '/', 503, 'full', { unauthenticated: 0 }],
] as const) {
  test(`${what}: HTTP ${status} ${code}`, async (t) => {
    const { port, capacity } = await startWorld(t, more)
    const answer = await exchange(t, port, handshake(headers, path))
    assert.deepEqual([answer.status, answer.body], [status, `{"code":"${code}"}\n`])
    assert.equal(answer.headers['content-type'], 'application/json')
    assert.equal(answer.headers['content-length'], String(answer.body.length))
    assert.equal(answer.headers['connection'], 'close')
    assert.equal(answer.headers['www-authenticate'], status === 401 ? 'bearer' : undefined)
    const wait = code === 'draining' ? '7' : '1'
    assert.equal(answer.headers['retry-after'], status === 503 ? wait : undefined)
    await waitFor(() => capacity.connections === 0)
  })
}

for (const [what, options, more, code, reason] of [
  ['a bad credential', { headers: { authorization: 'Bearer bad' } }, {}, 4401, 'unauthenticated'],
  ['another origin', { origin: 'https://bad' }, {}, 4403, 'origin-not-allowed'],
  ['a node that drains', {}, { closed: draining }, 1012, 'draining'],
  ['a node that lost Kafka', {}, { closed: { code: 'broker-unavailable' } }, 1013, 'broker-unavailable'],
  ['raw by name', { headers: {}, protocols: ['openclaw.v1.raw'], path: '/raw' }, {}, 4401, 'unauthenticated'],
] as const) {
  test(`${what} is told in band: ${code}`, async (t) => {
    const { port, capacity, accepted } = await startWorld(t, more)
    const ws = await open(t, port, options as object)
    assert.deepEqual(await ws.ended, { code, reason })
    assert.deepEqual([...accepted.all()], [])
    await waitFor(() => capacity.connections === 0)
  })
}

test('who was told in band and does not go is dropped', async (t) => {
  const { port, capacity } = await startWorld(t)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write(handshake({ 'sec-websocket-protocol': json, authorization: 'Bearer bad' }))
  await once(socket, 'data')
  assert.equal(capacity.unauthenticated, 1)
  await once(socket, 'close')
  await waitFor(() => capacity.connections === 0)
})

test('who was rejected and does not go is dropped, and holds its seat no longer', async (t) => {
  const { port, capacity, server } = await startWorld(t)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  socket.write(handshake({}, '/raw'))
  await once(socket, 'data')
  await waitFor(() => capacity.connections === 0)
  const count = () => new Promise<number>((resolve) => server.getConnections((_, open) => resolve(open)))
  await waitFor(async () => (await count()) === 0)
})

test('the subprotocol is echoed, and a bearer beside it never is', async (t) => {
  const { port } = await startWorld(t)
  assert.equal((await open(t, port, { protocols: ['mqtt', json, 'openclaw.bearer.x'] })).protocol, json)
  assert.equal(
    (await open(t, port, { protocols: ['openclaw.v1.raw'], path: '/raw' })).protocol,
    'openclaw.v1.raw',
  )
  assert.equal((await open(t, port, { protocols: [], path: '/raw' })).protocol, '')
})

test('a connection has a seat until it ends, a stranger’s only without a credential', async (t) => {
  const { port, capacity, accepted } = await startWorld(t)
  const known = await open(t, port)
  const stranger = await open(t, port, { headers: {} })
  assert.deepEqual([capacity.connections, capacity.unauthenticated], [2, 1])
  known.close()
  stranger.terminate()
  await waitFor(() => capacity.connections === 0)
  assert.deepEqual([capacity.unauthenticated, [...accepted.all()]], [0, []])
})

test('a client that goes while it is admitted leaves its seat, and is never accepted', async (t) => {
  const asked = Promise.withResolvers<void>()
  const verdict = Promise.withResolvers<Verdict>()
  const { port, capacity, accepted } = await startWorld(t, {
    verdict: () => {
      asked.resolve()
      return verdict.promise
    },
  })
  const socket = connect(port, '127.0.0.1')
  socket.write(handshake({ 'sec-websocket-protocol': json }))
  await asked.promise
  assert.equal(capacity.connections, 1)
  socket.resetAndDestroy()
  verdict.resolve({ ok: true, admitted: { path: '/', codec: jsonCodec, echo: json, principal: alice } })
  await waitFor(() => capacity.connections === 0)
  await waitFor(() => [...accepted.all()].length === 0)
})

test('an admission that fails drops the socket and nothing else', async (t) => {
  const { port, capacity } = await startWorld(t, { verdict: () => Promise.reject(new Error('a bug')) })
  await exchange(t, port, handshake({ 'sec-websocket-protocol': json }))
  await waitFor(() => capacity.connections === 0)
})

test('what a client sends right behind its handshake is received', async (t) => {
  const { port } = await startWorld(t)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const hello = Buffer.from('{"hello":{}}')
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | hello.length, 0, 0, 0, 0]), hello])
  socket.write(Buffer.concat([Buffer.from(handshake({ 'sec-websocket-protocol': json })), frame]))
  let text = ''
  socket.on('data', (bytes) => (text += bytes.toString()))
  await waitFor(() => text.includes('{"pong":{}}'))
})

test('all that is open can be dropped', async (t) => {
  const { port, upgrade } = await startWorld(t)
  const ws = await open(t, port)
  upgrade.terminateAll()
  assert.equal((await ws.ended).code, 1006)
})
