// The client's end of a connection byte by byte, for what no WebSocket client would send.
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export type FrameOptions = {
  readonly fin?: boolean
  readonly masked?: boolean
  /** Reserved bits, 0 to 7: 4 says that the payload is compressed. */
  readonly reserved?: number
  /** What the frame says its length is; default the truth. */
  readonly length?: number
}

/** One frame as a client sends it, masked with zeros. */
export function frameOf(opcode: number, payload: Buffer | string, options: FrameOptions = {}): Buffer {
  const bytes = Buffer.from(payload)
  const { fin = true, masked = true, reserved = 0, length = bytes.length } = options
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), bytes])
}

/** The text of a handshake that is good but for what is changed; a header that is undefined is left out, a list is sent line by line. */
export function handshakeText(
  headers: Readonly<Record<string, string | readonly string[] | undefined>> = {},
  requestLine = 'GET / HTTP/1.1',
): string {
  const all: typeof headers = {
    host: 'gateway.example',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => `${name}: ${each}\r\n`),
  )
  return `${requestLine}\r\n${lines.join('')}\r\n`
}

export type Wire = {
  readonly socket: Socket
  /** Everything that came, one character for each byte. */
  readonly came: () => string
  write(bytes: string | Buffer): void
  /** Milliseconds that it lived and all that came, once the other side has ended it. */
  readonly ended: Promise<{ readonly text: string; readonly ms: number }>
}

/** Opens a connection and sends `bytes`. */
export function wireTo(t: TestContext, port: number, bytes: string | Buffer = ''): Wire {
  const started = performance.now()
  const socket = connect({ port, host: '127.0.0.1' })
  const chunks: Buffer[] = []
  onEnd(t, () => socket.destroy())
  socket.on('error', () => undefined)
  const came = () => Buffer.concat(chunks).toString('latin1')
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    // The answer to a close frame, as short as can be.
    if (closeOf(came()) !== undefined) socket.end()
  })
  const ended = new Promise<{ text: string; ms: number }>((resolve) =>
    socket.once('close', () => resolve({ text: came(), ms: performance.now() - started })),
  )
  const write = (more: string | Buffer) => void (socket.writable && socket.write(more))
  if (bytes.length > 0) write(bytes)
  return { socket, came, write, ended }
}

/** The status of an answer; 0 where there is none. */
export const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0)

/** What stands behind the head. */
export const bodyOf = (text: string): string => text.split('\r\n\r\n').slice(1).join('\r\n\r\n')

export type Close = { readonly code: number; readonly reason: string }

/** The close frame among what came after the 101; undefined where there is none. */
export function closeOf(text: string): Close | undefined {
  if (statusOf(text) !== 101) return undefined
  const bytes = Buffer.from(bodyOf(text), 'latin1')
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : 0
    if (at + head + length > bytes.length) return undefined
    const payload = bytes.subarray(at + head, at + head + length)
    if (((bytes[at] ?? 0) & 0xf) === opcodes.close)
      return { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) }
    at += head + length
  }
  return undefined
}
