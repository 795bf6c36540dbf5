// From an HTTP upgrade to an accepted connection: a seat, the admission, the 101, and the wiring of the socket.
import type { IncomingMessage } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type PerMessageDeflateOptions, type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { Admitted, Verdict } from '../admission/admit.ts'
import type { Capacity, Seat } from '../admission/capacity.ts'
import type { Connection } from '../connection/connection.ts'
import { deflateWindowBits } from '../connection/deflating.ts'
import type { Socket } from '../connection/socket.ts'
import { closes, type Rejection, rejections } from '../errors.ts'
import type { Events } from '../events.ts'
import { rejectUpgrade } from './answer.ts'
import { Flush } from './flush.ts'
import { createWsSocket } from './ws-socket.ts'

export type UpgradeDeps = {
  readonly admit: (request: IncomingMessage) => Promise<Verdict>
  readonly capacity: Capacity
  readonly events: Events
  readonly rejectBy: 'close' | 'http'
  readonly limits: { readonly frame: number; readonly fragments: number }
  /** Connections that may have compression at a time; undefined: it is offered to none. */
  readonly compression?: { readonly connections: number } | undefined
  /** Who a handshake is from, for the log. */
  readonly addressOf?: (request: IncomingMessage) => string
  /** Takes over an accepted socket; `seat` is left by the connection's end. */
  readonly accept: (socket: Socket, admitted: Admitted, seat: Seat) => Connection
}

/** Milliseconds a peer has to answer a close frame. */
const closeTimeoutMs = 2_000
/** Pieces of TCP data one unfinished frame may come in. */
const maxBufferedChunks = 4_096

/**
 * Both sides forget each message when it is done, so that one compressed frame is good for all, and little is kept for
 * a connection: about 10 KiB once it has sent something compressed, 40 where that was large. What a message inflates to counts
 * against `maxPayload` as it comes out. `threshold` and what else ws has for sending is not in use: frames are made by us.
 */
const deflate: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: deflateWindowBits,
  zlibInflateOptions: { chunkSize: 4 * 1024 },
  // The thread pool also checks signatures.
  concurrencyLimit: 2,
}

export type Upgrade = {
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Drops what is still open. */
  terminateAll(): void
}

export function createUpgrade(deps: UpgradeDeps): Upgrade {
  const flush = new Flush()
  const open = new Set<WebSocket>()
  const echoes = new WeakMap<IncomingMessage, string>()
  // closeTimeout is newer than the types of ws.
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    maxPayload: deps.limits.frame,
    maxFragments: deps.limits.fragments,
    maxBufferedChunks,
    closeTimeout: closeTimeoutMs,
    // The admission chose already; ws is only told what to echo.
    handleProtocols: (_offered, request) => echoes.get(request) ?? false,
  }
  const createServer = (perMessageDeflate: PerMessageDeflateOptions | false): WebSocketServer => {
    const wss = new WebSocketServer({ ...options, perMessageDeflate })
    wss.on('wsClientError', (_failure, socket) => rejectUpgrade(socket, { code: 'bad-request' }))
    return wss
  }
  const plain = createServer(false)
  const deflating = createServer(deflate)
  let deflated = 0

  const reject = (request: IncomingMessage, socket: Duplex, rejection: Rejection): void => {
    deps.events.rejected(rejection.code, deps.addressOf?.(request))
    rejectUpgrade(socket, rejection)
  }

  const complete = (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    admitted: Admitted,
    then: (ws: WebSocket) => void,
  ): void => {
    if (admitted.echo !== undefined) echoes.set(request, admitted.echo)
    const wss = deflated < (deps.compression?.connections ?? 0) ? deflating : plain
    wss.handleUpgrade(request, socket, head, (ws) => {
      const takes = ws.extensions === '' ? 0 : 1
      deflated += takes
      open.add(ws)
      ws.on('close', () => {
        deflated -= takes
        open.delete(ws)
      })
      // Each protocol violation ends in 'close' with ws's own code; without a listener it would end the process.
      ws.on('error', () => undefined)
      then(ws)
    })
  }

  const accept = (ws: WebSocket, stream: NetSocket, admitted: Admitted, seat: Seat): void => {
    const connection = deps.accept(createWsSocket(ws, stream, flush), admitted, seat)
    ws.on('message', (data, binary) => connection.receive(data as Buffer, binary))
    ws.on('ping', () => connection.heard())
    ws.on('pong', () => connection.heard())
    ws.on('close', (code) => connection.ended(code))
  }

  const decide = async (
    request: IncomingMessage,
    socket: NetSocket,
    head: Buffer,
    seat: Seat,
  ): Promise<void> => {
    // Until the socket is gone: one that was rejected takes up room, too.
    socket.once('close', seat.leave)
    const verdict = await deps.admit(request)
    if (socket.destroyed) return
    if (verdict.ok) {
      if (verdict.admitted.principal !== undefined) seat.authenticated()
      return complete(request, socket, head, verdict.admitted, (ws) =>
        accept(ws, socket, verdict.admitted, seat),
      )
    }
    const { rejection, inBand } = verdict
    if (inBand === undefined || deps.rejectBy === 'http') return reject(request, socket, rejection)
    deps.events.rejected(rejection.code, deps.addressOf?.(request))
    const { close } = rejections[rejection.code]
    complete(request, socket, head, inBand, (ws) => {
      ws.close(closes[close].code, rejection.code)
      seat.waits(() => {
        ws.terminate()
        return true
      })
    })
  }

  return {
    handle(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const seat = deps.capacity.enter()
      if (seat === undefined) return reject(request, socket, { code: 'full' })
      decide(request, socket as NetSocket, head, seat).catch(() => socket.destroy())
    },
    terminateAll() {
      for (const ws of open) ws.terminate()
    },
  }
}
