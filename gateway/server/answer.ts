// Answers over plain HTTP: rejections before an upgrade, and the GET that asks what an upgrade would have said.
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Rejection, rejections } from '../errors.ts'
import { webSocketVersion } from './is-handshake.ts'

const phrases: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
}

const defaultRetryAfterS = 1

/** Status, headers and JSON body of a rejection; nothing in it says why a credential failed. */
function toAnswer(rejection: Rejection): { status: number; headers: Record<string, string>; body: string } {
  const { status } = rejections[rejection.code]
  const body = `${JSON.stringify({ code: rejection.code })}\n`
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
  }
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  if (status === 429 || status === 503)
    headers['retry-after'] = String(rejection.retryAfterS ?? defaultRetryAfterS)
  return { status, headers, body }
}

/** Milliseconds a peer has to read an answer and close. */
const lingerMs = 1_000

/** Answers on a socket that asked for an upgrade and ends it, whether or not the peer does its part. */
export function rejectUpgrade(socket: Duplex, rejection: Rejection): void {
  const { status, headers, body } = toAnswer(rejection)
  // Whoever speaks another version of WebSocket is to learn which one is spoken here (RFC 6455 section 4.4).
  const version = status === 400 ? { 'sec-websocket-version': webSocketVersion } : {}
  const lines = Object.entries({ ...headers, ...version, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  socket.end(`HTTP/1.1 ${status} ${phrases[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
  // Destroyed at once with something unread, the answer could be lost on the way; not read, the peer's end never shows.
  socket.resume()
  const linger = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(linger))
}

export function rejectRequest(response: ServerResponse, rejection: Rejection): void {
  const { status, headers, body } = toAnswer(rejection)
  response.writeHead(status, headers).end(body)
}

export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${JSON.stringify(value)}\n`
  response
    .writeHead(status, {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    })
    .end(body)
}
