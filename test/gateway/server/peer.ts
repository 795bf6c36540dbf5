// The other end of a client's socket in tests: as a WebSocket client, or byte by byte.
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { type ClientOptions, WebSocket } from 'ws'

export const json = 'openclaw.v1.json'
const good = { authorization: 'Bearer good' }

/** Opens a WebSocket; resolves when it is open, rejects with the HTTP status otherwise. */
export async function open(
  t: TestContext,
  port: number,
  {
    path = '/',
    protocols = [json],
    scheme = 'ws',
    ...options
  }: ClientOptions & { path?: string; protocols?: string[]; scheme?: 'ws' | 'wss' } = {},
): Promise<WebSocket & { ended: Promise<{ code: number; reason: string }> }> {
  const ws = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, protocols, {
    perMessageDeflate: false,
    headers: good,
    ...options,
  })
  const ended = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  )
  ws.on('error', () => undefined)
  t.after(() => ws.terminate())
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
    ws.once('unexpected-response', (_request, { statusCode }) => reject(new Error(`HTTP ${statusCode}`)))
  })
  return Object.assign(ws, { ended })
}

/** The text of a WebSocket handshake; a header that is undefined is left out. */
export function handshake(headers: Record<string, string | undefined> = {}, path = '/'): string {
  const all = {
    host: 'x',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

export type Answer = { status: number; headers: Record<string, string>; body: string; ms: number }

/** Sends bytes, reads until the server ends the connection, and ends it then. */
export function exchange(t: TestContext, port: number, sent: string): Promise<Answer> {
  const started = performance.now()
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  let text = ''
  socket.on('data', (bytes) => (text += bytes.toString()))
  socket.on('error', () => undefined)
  socket.write(sent)
  return new Promise((resolve) => {
    socket.once('close', () => resolve(toAnswer(text, performance.now() - started)))
    socket.once('end', () => {
      socket.end()
      resolve(toAnswer(text, performance.now() - started))
    })
  })
}

function toAnswer(text: string, ms: number): Answer {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => line.toLowerCase().split(': ', 2) as [string, string]),
  )
  return { status: Number(first.split(' ')[1]), headers, body, ms }
}
