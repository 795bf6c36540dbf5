// The listener for clients: upgrades, and plain GETs that answer what an upgrade would have said.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Verdict } from '../admission/admit.ts'
import { answerJson, rejectRequest, rejectUpgrade } from './answer.ts'
import { type Certificates, createHttpServer } from './certificates.ts'
import { answerModule, isForModule } from './client-module.ts'
import { isHandshake } from './is-handshake.ts'
import { boundNewcomers } from './newcomers.ts'
import { answerTicket, isForTickets, type TicketEndpoint } from './ticket-endpoint.ts'
import type { Upgrade } from './upgrade.ts'

export type ListenOptions = {
  readonly host: string
  readonly port: number
  readonly handshakeTimeout: number
  readonly maxHeaderSize: number
  /** Sockets the kernel may hand us, in whatever state. */
  readonly maxSockets: number
  /** Of them, those that may not have asked for an upgrade, before the slowest give way. */
  readonly maxNewcomers: number
  /** Undefined: without TLS. */
  readonly certificates?: Certificates | undefined
  /** Also serves the client as a module. */
  readonly clientModule?: boolean
}

/** Sockets that were given their last answer, by which they end. */
const last = new WeakSet<Duplex>()

/** Milliseconds between looks for requests that take too long. */
const checkEveryMs = 1_000

export function createClientServer(
  options: ListenOptions,
  upgrade: Upgrade,
  explaining: (request: IncomingMessage) => Promise<Verdict>,
  tickets?: TicketEndpoint,
): Server {
  const http = {
    maxHeaderSize: options.maxHeaderSize,
    headersTimeout: options.handshakeTimeout,
    requestTimeout: options.handshakeTimeout,
    connectionsCheckingInterval: checkEveryMs,
    keepAliveTimeout: 5_000,
    noDelay: true,
  }
  const server = createHttpServer(http, options.handshakeTimeout, options.certificates)
  // For answers that nobody reads; sockets that were upgraded have watches of their own.
  server.timeout = 2 * options.handshakeTimeout
  server.maxConnections = options.maxSockets
  boundNewcomers(server, options.maxNewcomers)
  server.on('upgrade', (request, socket, head) => {
    if (isHandshake(request)) return upgrade.handle(request, socket, head)
    socket.on('error', () => socket.destroy())
    rejectUpgrade(socket, { code: 'bad-request' })
  })
  server.on('request', (request, response) => {
    if (options.clientModule && isForModule(request)) {
      answerModule(response).catch(() => response.destroy())
      return
    }
    const answered =
      tickets !== undefined && isForTickets(request)
        ? answerTicket(tickets, request, response)
        : explain(request, response, explaining)
    answered.catch(() => response.destroy())
  })
  server.on('checkExpectation', (_request, response) => rejectLast(response))
  server.on('clientError', (failure: NodeJS.ErrnoException, socket) => {
    // What follows an answer given already; its socket ends by itself.
    if (socket.writableEnded) return
    if (last.has(socket)) return (socket as Socket).destroySoon()
    if (!socket.writable) return void socket.destroy()
    rejectUpgrade(socket, {
      code: failure.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'bad-request',
    })
  })
  return server
}

/** A browser learns nothing of a refused upgrade; this tells it to whoever asks with the same URL and credential. */
async function explain(
  request: IncomingMessage,
  response: ServerResponse,
  admit: (request: IncomingMessage) => Promise<Verdict>,
): Promise<void> {
  request.resume()
  const { method, headers } = request
  if (
    method !== 'GET' ||
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] ?? '0') !== '0'
  )
    return rejectLast(response)
  const verdict = await admit(request)
  allowReading(request, response, verdict)
  if (!verdict.ok) return rejectRequest(response, verdict.rejection)
  const { codec, principal } = verdict.admitted
  answerJson(response, 200, {
    code: 'ok',
    subprotocol: codec?.subprotocol ?? 'openclaw.v1.raw',
    authenticated: principal !== undefined,
    hint: 'open a WebSocket on this URL',
  })
}

/** A page that may connect may also read why it could not. */
function allowReading({ headers }: IncomingMessage, response: ServerResponse, verdict: Verdict): void {
  const { origin } = headers
  if (origin === undefined || (!verdict.ok && verdict.rejection.code === 'origin-not-allowed')) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', 'retry-after')
  response.setHeader('vary', 'origin')
}

/** What comes behind a body that nobody asked for is not looked at: it could be a request that some proxy took for the body. */
function rejectLast(response: ServerResponse): void {
  response.setHeader('connection', 'close')
  last.add(response.req.socket)
  rejectRequest(response, { code: 'bad-request' })
}

/** Resolves with the port once it listens; rejects with a sentence when it cannot. */
export function listen(server: Server, host: string, port: number, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // Stays on: a listener that fails later, for want of file descriptors say, must not end the process.
    server.on('error', (failure: NodeJS.ErrnoException) => {
      const taken = failure.code === 'EADDRINUSE'
      reject(taken ? new Error(`port ${port} is taken; choose another with ${variable}`) : failure)
    })
    server.listen({ host, port, backlog: 4096 }, () => resolve((server.address() as AddressInfo).port))
  })
}

/** Stops listening. What is open stays open. */
export const stopListening = (server: Server): void => {
  server.close()
  server.closeIdleConnections()
}
