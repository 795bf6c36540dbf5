// Reads what a proxy says of each connection before anything else looks at it: before TLS, before HTTP.
import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import { longestHeader, readProxyHeader } from './proxy-header.ts'

export type ProxyFrontOptions = {
  readonly isTrusted: (address: string) => boolean
  /** Milliseconds for the header to come. */
  readonly timeout: number
  /** A connection was dropped for what it began with, or for who it is from. */
  readonly onRefused: (reason: 'untrusted' | 'malformed' | 'late', address: string) => void
}

/** Who the client of a socket is, as its proxy said; undefined where it said nothing. */
export type ProxiedAddress = (socket: Pick<Socket, 'remoteAddress' | 'remotePort'>) => string | undefined

/**
 * Puts itself before what `server` does with new connections. What is told of a socket is kept under its own address and
 * port, as a TLS socket is another object than the one beneath it, until it closes.
 */
export function readProxyHeaders(server: HttpServer, options: ProxyFrontOptions): ProxiedAddress {
  const behind = server.listeners('connection') as ((socket: Socket) => void)[]
  const said = new Map<string, string>()
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket)
    readHeader(socket, options, (address) => {
      if (address !== undefined) {
        said.set(key, address)
        socket.once('close', () => said.delete(key))
      }
      for (const listener of behind) listener.call(server, socket)
    })
  })
  return (socket) => said.get(keyOf(socket))
}

const keyOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress} ${remotePort}`

function readHeader(
  socket: Socket,
  { isTrusted, timeout, onRefused }: ProxyFrontOptions,
  then: (address: string | undefined) => void,
): void {
  const peer = socket.remoteAddress ?? ''
  const drop = (reason: 'untrusted' | 'malformed' | 'late'): void => {
    socket.destroy()
    onRefused(reason, peer)
  }
  const onError = (): void => void socket.destroy()
  socket.on('error', onError)
  if (!isTrusted(peer)) return drop('untrusted')
  const late = setTimeout(() => drop('late'), timeout)
  const stop = (): void => clearTimeout(late)
  socket.once('close', stop)
  let bytes = Buffer.alloc(0)
  const onReadable = (): void => {
    for (let chunk = read(socket); chunk !== null; chunk = read(socket)) {
      bytes = Buffer.concat([bytes, chunk])
      const header = readProxyHeader(bytes)
      if (header.kind === 'malformed' || (header.kind === 'incomplete' && bytes.length > longestHeader))
        return drop('malformed')
      if (header.kind === 'incomplete') continue
      stop()
      socket.off('readable', onReadable)
      socket.off('close', stop)
      const rest = bytes.subarray(header.length)
      if (rest.length > 0) socket.unshift(rest)
      then(header.address)
      socket.off('error', onError)
      return
    }
  }
  socket.on('readable', onReadable)
}

const read = (socket: Socket): Buffer | null => socket.read() as Buffer | null
