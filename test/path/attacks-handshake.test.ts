// Handshakes that no WebSocket client would send: each is answered by its status or dropped, and tells nothing of the inside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { bodyOf, closeOf, handshakeText, statusOf, wireTo } from '../support/wire.ts'

const json = 'openclaw.v1.json'
const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: inside\r\n\r\n'
const post = (headers: string, body: string) =>
  `POST / HTTP/1.1\r\nhost: a\r\n${headers}\r\n\r\n${body}${smuggled}`

/** `statuses`: 0 is a connection that ends without an answer. */
const answered: readonly [what: string, bytes: string, statuses: readonly number[]][] = [
  ['a method other than GET', handshakeText({}, 'POST / HTTP/1.1'), [400]],
  ['CONNECT', 'CONNECT inside:443 HTTP/1.1\r\nhost: inside:443\r\n\r\n', [0, 400]],
  [
    'TRACE, which would show the credential',
    handshakeText({ upgrade: undefined, connection: 'close' }, 'TRACE / HTTP/1.1'),
    [400],
  ],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', [400]],
  ['a URL with a scheme and a host', handshakeText({}, 'GET http://169.254.169.254/latest HTTP/1.1'), [400]],
  ['no path', handshakeText({}, 'GET ?a HTTP/1.1'), [400]],
  ['a path out of the tree', handshakeText({}, 'GET /../../etc/passwd HTTP/1.1'), [401, 404]],
  ['a path in disguise', handshakeText({}, 'GET /%65cho HTTP/1.1'), [404]],
  ['a path with two slashes', handshakeText({}, 'GET //echo HTTP/1.1'), [404]],
  ['a path with a NUL', handshakeText({}, 'GET /echo\u0000 HTTP/1.1'), [400]],
  ['a path with a line break', handshakeText({}, 'GET /echo\nx: y HTTP/1.1'), [400]],
  ['a path longer than any', handshakeText({}, `GET /${'a'.repeat(2_000)} HTTP/1.1`), [400]],
  [
    'a query larger than all headers may be',
    handshakeText({}, `GET /echo?${'a'.repeat(20_000)} HTTP/1.1`),
    [431],
  ],
  [
    'WebSocket version 12',
    handshakeText({ 'sec-websocket-version': '12', 'sec-websocket-protocol': json }),
    [400],
  ],
  [
    'no WebSocket version',
    handshakeText({ 'sec-websocket-version': undefined, 'sec-websocket-protocol': json }),
    [400],
  ],
  ['no key', handshakeText({ 'sec-websocket-key': undefined, 'sec-websocket-protocol': json }), [400]],
  ['a short key', handshakeText({ 'sec-websocket-key': 'AA==', 'sec-websocket-protocol': json }), [400]],
  [
    'a key with more behind it',
    handshakeText({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ== x', 'sec-websocket-protocol': json }),
    [400],
  ],
  ['HTTP/1.0', handshakeText({ 'sec-websocket-protocol': json }, 'GET / HTTP/1.0'), [400]],
  ['HTTP/2 in the clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['an upgrade to HTTP/2', handshakeText({ upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' }), [400]],
  ['no Host', handshakeText({ host: undefined, 'sec-websocket-protocol': json }), [400]],
  ['two Hosts', handshakeText({ host: ['a', 'b'], 'sec-websocket-protocol': json }), [400]],
  ['100 KB in one header', handshakeText({ 'x-long': 'a'.repeat(100_000) }), [431]],
  ['5,000 headers', handshakeText({ 'x-many': Array.from({ length: 5_000 }, () => 'a') }), [431]],
  ['a header folded over two lines', handshakeText({ 'x-fold': 'a\r\n b' }), [400]],
  ['a blank before the colon', handshakeText({ 'x-blank ': 'a' }), [400]],
  [
    'line ends without CR',
    handshakeText({ 'sec-websocket-protocol': json }).replaceAll('\r\n', '\n'),
    [0, 400],
  ],
  [
    'an expectation',
    handshakeText({ expect: 'x-unknown', upgrade: undefined, connection: undefined }),
    [400, 417],
  ],
  ['both kinds of length', post('content-length: 4\r\ntransfer-encoding: chunked', '0\r\n\r\n'), [400]],
  [
    'both kinds of length, the other way',
    post('transfer-encoding: chunked\r\ncontent-length: 4', '0\r\n\r\n'),
    [400],
  ],
  ['a chunked body in disguise', post('transfer-encoding: xchunked', '0\r\n\r\n'), [400]],
  ['chunked twice', post('transfer-encoding: chunked\r\ntransfer-encoding: identity', '0\r\n\r\n'), [400]],
  ['two lengths', post('content-length: 4\r\ncontent-length: 40', 'abcd'), [400]],
  ['a length below zero', post('content-length: -1', ''), [400]],
  ['a chunk with a bad size', post('transfer-encoding: chunked', '-1\r\n\r\n'), [400]],
  ['TLS where there is none', Buffer.from('16030100c8010000c40303', 'hex').toString('latin1'), [0, 400]],
]

test('a handshake of no WebSocket client is turned away and gets nothing else', async (t) => {
  const cluster = await testCluster(t, { slots: 1 })
  const node = await startProcess(t, cluster, {
    listen: { host: '127.0.0.1', port: 0, handshakeTimeout: 3_000 },
  })
  const token = await tokenFor('alice')
  const calm = await welcomed(t, node.port, token)

  for (const [what, bytes, statuses] of answered) {
    await t.test(what, async () => {
      const wire = wireTo(t, node.port, Buffer.from(bytes, 'latin1'))
      const { text } = await wire.ended
      assert.ok(statuses.includes(statusOf(text)), text)
      assert.doesNotMatch(text, / 101 | 200 /)
      // A connection that was answered so takes no second request.
      assert.equal(text.split('HTTP/1.1 ').length, statusOf(text) === 0 ? 1 : 2, text)
      if (bodyOf(text) !== '') assert.deepEqual(Object.keys(JSON.parse(bodyOf(text)) as object), ['code'])
      assert.doesNotMatch(text, /^(server|x-powered-by):|node_modules|at \w+ \(|Error/im)
    })
  }

  await t.test('a request behind an upgrade is not read as one', async () => {
    const bytes = handshakeText({ 'sec-websocket-protocol': json, authorization: `Bearer ${token}` })
    const { text } = await wireTo(t, node.port, `${bytes}${smuggled}`).ended
    assert.equal(statusOf(text), 101)
    assert.equal(closeOf(text)?.code, 1002)
    assert.equal(text.split('HTTP/1.1 ').length, 2)
  })
  await t.test('nor is one behind an upgrade that was turned away', async () => {
    const { text } = await wireTo(t, node.port, `${handshakeText({}, 'GET /echo HTTP/1.1')}${smuggled}`).ended
    assert.equal(statusOf(text), 401)
    assert.equal(text.split('HTTP/1.1 ').length, 2)
  })
  await t.test('what operators see is not on this port', async () => {
    for (const path of ['/metrics', '/readyz', '/readyz?deep', '/livez', '/console', '/admin', '/debug']) {
      const response = await fetch(`http://127.0.0.1:${node.port}${path}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      assert.equal(response.status, 404)
      assert.deepEqual(await response.json(), { code: 'unknown-path' })
    }
  })
  await t.test('a Host of somebody else changes nothing and is not sent back', async () => {
    const bytes = handshakeText(
      { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
      'GET /echo HTTP/1.1',
    )
    assert.doesNotMatch((await wireTo(t, node.port, bytes).ended).text, /evil/)
  })

  calm.send({ ping: {} })
  await calm.next('pong')
  process.kill(node.pid, 0)
})
