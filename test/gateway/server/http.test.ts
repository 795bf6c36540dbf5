// The listener for clients over plain HTTP: what explains a refused upgrade, and limits on what comes before one.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { test } from 'node:test'
import { listen, stopListening } from '../../../gateway/server/http.ts'
import { exchange, handshake, json, open } from './peer.ts'
import { startWorld } from './world.ts'

for (const [what, headers, path, status, code] of [
  ['a good credential', { authorization: 'Bearer good', 'sec-websocket-protocol': json }, '/', 200, 'ok'],
  ['no credential yet', { 'sec-websocket-protocol': json }, '/', 200, 'ok'],
  [
    'a bad credential',
    { authorization: 'Bearer bad', 'sec-websocket-protocol': json },
    '/',
    401,
    'unauthenticated',
  ],
  [
    'another origin',
    { origin: 'https://bad', 'sec-websocket-protocol': json },
    '/',
    403,
    'origin-not-allowed',
  ],
  ['no common subprotocol', { 'sec-websocket-protocol': 'x' }, '/', 400, 'no-common-subprotocol'],
  ['an unknown path, raw', {}, '/nowhere', 404, 'unknown-path'],
  ['raw', { authorization: 'Bearer good' }, '/raw', 200, 'ok'],
] as const) {
  test(`a plain GET says what an upgrade would have: ${what}, ${status} ${code}`, async (t) => {
    const { port } = await startWorld(t)
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    assert.equal(response.status, status)
    assert.equal(((await response.json()) as { code: string }).code, code)
    assert.equal(response.headers.get('cache-control'), 'no-store')
  })
}

test('it says what would be spoken and whether a credential is still to come', async (t) => {
  const { port } = await startWorld(t)
  const ask = async (path: string, headers: Record<string, string>) =>
    (await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).json()) as Record<string, unknown>
  const raw = await ask('/raw', { authorization: 'Bearer good' })
  assert.deepEqual([raw['subprotocol'], raw['authenticated']], ['openclaw.v1.raw', true])
  const enveloped = await ask('/', { 'sec-websocket-protocol': json })
  assert.deepEqual([enveloped['subprotocol'], enveloped['authenticated']], [json, false])
})

test('a node that takes nobody says so with the time to wait', async (t) => {
  const { port } = await startWorld(t, { closed: { code: 'not-ready', retryAfterS: 3 } })
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'sec-websocket-protocol': json } })
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '3'])
})

test('anything but GET is a bad request', async (t) => {
  const { port } = await startWorld(t)
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(10_000) })
  assert.deepEqual([response.status, await response.json()], [400, { code: 'bad-request' }])
})

test('an explanation that fails ends the connection and nothing else', async (t) => {
  const { port } = await startWorld(t, { verdict: () => Promise.reject(new Error('a bug')) })
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`))
})

test('headers over the limit: 431', async (t) => {
  const { port } = await startWorld(t, { maxHeaderSize: 2_048 })
  const answer = await exchange(t, port, handshake({ 'x-long': 'y'.repeat(5_000) }))
  assert.deepEqual([answer.status, answer.body], [431, '{"code":"headers-too-large"}\n'])
})

test('what is no HTTP: 400', async (t) => {
  const { port } = await startWorld(t)
  const answer = await exchange(t, port, 'hello\r\n\r\n')
  assert.deepEqual([answer.status, answer.body], [400, '{"code":"bad-request"}\n'])
})

test('headers that do not come in time end the connection', async (t) => {
  const { port } = await startWorld(t, { handshakeTimeout: 300 })
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n')
  const trickle = setInterval(() => socket.write('x: y\r\n'), 50)
  t.after(() => clearInterval(trickle))
  socket.on('error', () => undefined)
  const started = performance.now()
  await once(socket.resume(), 'close')
  const took = performance.now() - started
  assert.ok(took < 4_000, String(took))
})

test('a port that is taken is named with the variable that changes it', async (t) => {
  const { port } = await startWorld(t)
  const second = createServer()
  await assert.rejects(
    listen(second, '127.0.0.1', port, 'THE_VARIABLE'),
    new RegExp(`${port} is taken.*THE_VARIABLE`),
  )
})

test('a listener that fails later does not end the process', async (t) => {
  const { server, port } = await startWorld(t)
  server.emit('error', Object.assign(new Error('accept'), { code: 'EMFILE' }))
  server.emit('error', Object.assign(new Error('accept'), { code: 'EMFILE' }))
  assert.equal((await fetch(`http://127.0.0.1:${port}/nowhere`)).status, 404)
})

test('a listener that stops takes nobody, and what is open stays open', async (t) => {
  const server = createServer((_request, response) => response.end())
  t.after(() => server.closeAllConnections())
  const port = await listen(server, '127.0.0.1', 0, 'UNUSED')
  assert.equal((server.address() as AddressInfo).port, port)
  const busy = connect(port, '127.0.0.1')
  await once(busy, 'connect')
  busy.write('GET / HTTP/1.1\r\nhost: x\r\n')
  stopListening(server)
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`))
  busy.write('\r\n')
  const [answer] = (await once(busy, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1.1 200/)
})

test('a WebSocket outlives the listener', async (t) => {
  const { server, port } = await startWorld(t)
  const ws = await open(t, port)
  stopListening(server)
  ws.send('{"hello":{}}')
  await once(ws, 'message')
})
