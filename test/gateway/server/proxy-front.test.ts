// PROXY headers before HTTP and before TLS: the real address is known, and whoever sends none is dropped in time.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectSecurely } from 'node:tls'
import { type ProxiedAddress, readProxyHeaders } from '../../../gateway/server/proxy-front.ts'
import { type Certificate, createAuthority } from '../../support/certificates.ts'
import { waitFor } from '../../support/wait.ts'
import { headerV2 } from './proxy-headers.ts'

type Options = { secure?: Certificate; trusted?: boolean; timeout?: number }

/** Answers each request with the address of its client. */
async function front(t: TestContext, { secure, trusted = true, timeout = 5_000 }: Options = {}) {
  const refused: string[] = []
  let proxied: ProxiedAddress = () => undefined
  const answer = (request: IncomingMessage, response: ServerResponse) =>
    response.end(`${request.url} from ${proxied(request.socket)}`)
  const server: Server = secure === undefined ? createServer(answer) : createSecureServer(secure, answer)
  proxied = readProxyHeaders(server, {
    isTrusted: () => trusted,
    timeout,
    onRefused: (reason) => refused.push(reason),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }
  return { open, refused }
}

const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`
const line = 'PROXY TCP4 203.0.113.5 192.0.2.1 1 2\r\n'

async function told(socket: { on(event: 'data', then: (bytes: Buffer) => void): unknown }, what: string) {
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString()
  })
  await waitFor(() => text.includes(what), { describe: () => `${what} in ${text}` })
}

test('a header and a request in one piece', async (t) => {
  const { open } = await front(t)
  const socket = await open()
  socket.write(line + request('/one'))
  await told(socket, '/one from 203.0.113.5')
  socket.write(request('/two'))
  await told(socket, '/two from 203.0.113.5')
})

test('a header byte by byte, and the request behind it', async (t) => {
  const { open } = await front(t)
  const socket = await open()
  socket.setNoDelay(true)
  for (const byte of headerV2('203.0.113.5', 3)) {
    socket.write(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.write(request('/late'))
  await told(socket, '/late from 203.0.113.5')
})

test('a proxy that speaks for itself is taken as who it is', async (t) => {
  const { open } = await front(t)
  const socket = await open()
  socket.write(`PROXY UNKNOWN\r\n${request('/health')}`)
  await told(socket, '/health from undefined')
})

for (const together of [true, false]) {
  test(`before TLS, with the handshake ${together ? 'right behind it' : 'later'}`, async (t) => {
    const secure = createAuthority().issue({ subject: { CN: 'test' } })
    const { open } = await front(t, { secure })
    const socket = await open()
    if (together) socket.cork()
    socket.write(line)
    if (!together) await new Promise((resolve) => setTimeout(resolve, 20))
    const tls = connectSecurely({ socket, rejectUnauthorized: false })
    tls.on('error', () => undefined)
    if (together) process.nextTick(() => socket.uncork())
    await once(tls, 'secureConnect')
    tls.write(request('/secret'))
    await told(tls, '/secret from 203.0.113.5')
  })
}

test('a connection without a header is dropped, and so is one from a stranger', async (t) => {
  const plain = await front(t)
  const socket = await plain.open()
  socket.write(request('/'))
  await once(socket, 'close')
  const strict = await front(t, { trusted: false })
  await once(await strict.open(), 'close')
  assert.deepEqual([plain.refused, strict.refused], [['malformed'], ['untrusted']])
})

test('a header that does not come, or not to its end, is not waited for', async (t) => {
  const { open, refused } = await front(t, { timeout: 50 })
  const [silent, slow] = [await open(), await open()]
  slow.write('PROXY TCP4 203.0')
  await Promise.all([once(silent, 'close'), once(slow, 'close')])
  assert.deepEqual(refused, ['late', 'late'])
})
