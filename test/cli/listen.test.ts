// openclaw listen: every frame is one line of JSON, what is typed is published as it was typed.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import { runCommand } from '../support/command.ts'

type Script = (frame: string, socket: WebSocket) => void

/** A server that speaks as a gateway would: it keeps what it gets and answers by `script`. */
const gatewayFor = async (t: TestContext, script: Script) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  const received: string[] = []
  server.on('connection', (socket) =>
    socket.on('message', (data) => {
      const frame = String(data as Buffer)
      received.push(frame)
      script(frame, socket)
    }),
  )
  await new Promise((resolve) => server.once('listening', resolve))
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, received }
}

test('it says hello with its token, publishes, subscribes, prints each frame on a line and ends after --count', async (t) => {
  const { url, received } = await gatewayFor(t, (frame, socket) => {
    if (frame.includes('"hello"')) socket.send('{"welcome":{"session":"s1"}}')
    else socket.send(`{"message":\n  ${frame}}`)
  })
  const args = ['listen', '--url', url, '--token', 't.o.k', '--route', 'echo', '--subscribe', 'news']
  const { code, stdout, stderr } = await runCommand([
    ...args,
    '--publish',
    '{"n":9007199254740993}',
    '--count',
    '3',
  ])
  assert.equal(code, 0, stderr)
  assert.deepEqual(JSON.parse(received[0] ?? ''), {
    hello: { token: 't.o.k', client: { name: 'openclaw-cli' } },
  })
  assert.deepEqual(received.slice(1), [
    '{"subscribe":{"id":"1","channel":"news"}}',
    '{"publish":{"id":"2","route":"echo","payload":{"n":9007199254740993}}}',
  ])
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 3)
  assert.ok(lines[2]?.includes('9007199254740993'), 'numbers stay as they are')
  assert.match(stderr, /^connected to ws:/)
})

test('lines from standard input are published, text as a JSON string', async (t) => {
  const { url, received } = await gatewayFor(t, (frame, socket) => {
    if (frame.includes('"hello"')) socket.send('{"welcome":{}}')
    else socket.send('{"ack":{}}')
  })
  const args = ['listen', '--url', url, '--anonymous', '--route', 'chat', '--count', '3']
  const { code } = await runCommand(args, { stdin: 'hello there\n\n{"a": 1}\n' })
  assert.equal(code, 0)
  assert.deepEqual(received.slice(1), [
    '{"publish":{"id":"1","route":"chat","payload":"hello there"}}',
    '{"publish":{"id":"2","route":"chat","payload":{"a": 1}}}',
  ])
})

test('a close by the gateway is told with its meaning, exit code 1', async (t) => {
  const { url } = await gatewayFor(t, (_, socket) => socket.close(4401, 'token expired'))
  const { code, stdout, stderr } = await runCommand(['listen', '--url', url, '--token', 'x'])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /openclaw: closed 4401: no credential, .*\(token expired\)\n$/)
})

test('a refused handshake is explained by a plain GET, and nobody there is said so', async (t) => {
  const server = createServer((_, response) => response.writeHead(503).end('{"code":"draining"}'))
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const refused = await runCommand(['listen', '--url', url, '--anonymous'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /does not take this connection: 503 \{"code":"draining"\}\n$/)
  const nobody = await runCommand(['listen', '--url', 'ws://127.0.0.1:1/', '--anonymous'])
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /^openclaw: no gateway answers at /)
})
