// TLS at a listener: what it offers, and certificates that may change while it runs. Sockets that are open keep what they have.
import { constants, randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { createServer as createPlainServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket, type TlsOptions } from 'node:tls'
import type { ListenerTls } from '../config/tls-settings.ts'
import { endOf, readTlsFiles } from '../tls-files.ts'

export type TlsEvents = {
  /** `until`: when the first certificate ends, RFC 3339. */
  tlsLoaded(listener: string, until: string): void
  /** The new files are no good; the old ones stay in use. */
  tlsNotLoaded(listener: string, failure: unknown): void
  tlsFailed(listener: string, code: string): void
}

/** Forward secrecy and authenticated encryption only; a client chooses among them what is quick for it. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')
const ticketKeyBytes = 48

/** The certificates of one listener. Throws `TlsFileProblem` where the files are no good at the start. */
export class Certificates {
  readonly #name: string
  readonly #settings: ListenerTls
  readonly #events: TlsEvents
  #server: SecureServer | undefined
  #options: TlsOptions
  #stamp = ''
  #timer: NodeJS.Timeout | undefined

  constructor(name: string, settings: ListenerTls, events: TlsEvents) {
    this.#name = name
    this.#settings = settings
    this.#events = events
    this.#options = this.#read()
  }

  /** A server that speaks TLS, each handshake in `handshakeTimeout` ms. To be called once. */
  createServer(options: ServerOptions, handshakeTimeout: number): Server {
    const { clientCertificates } = this.#settings
    const server = createSecureServer({
      ...options,
      ...this.#options,
      handshakeTimeout,
      requestCert: clientCertificates !== 'none',
      rejectUnauthorized: clientCertificates === 'require',
    })
    server.on('tlsClientError', (failure: NodeJS.ErrnoException) =>
      this.#events.tlsFailed(this.#name, failure.code ?? failure.name),
    )
    this.#server = server
    return server
  }

  /** Reads the files again, and uses them from the next handshake on if they are good. */
  reload(): void {
    try {
      this.#options = this.#read()
      this.#server?.setSecureContext(this.#options)
    } catch (failure) {
      this.#events.tlsNotLoaded(this.#name, failure)
    }
  }

  /** Looks at the files every `checkEvery`. */
  async watch(): Promise<void> {
    this.#stamp = await this.#look()
    this.#timer ??= setInterval(() => void this.#check(), this.#settings.checkEvery).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #check(): Promise<void> {
    const stamp = await this.#look()
    if (stamp === this.#stamp) return
    // Also where they are no good: those of one change are tried once.
    this.#stamp = stamp
    this.reload()
  }

  async #look(): Promise<string> {
    const { cert, key, ca } = this.#settings
    const stamps = [cert, key, ca ?? cert].map(async (file) => {
      const found = await stat(file).catch(() => undefined)
      return found === undefined ? 'none' : `${found.ino}/${found.mtimeMs}/${found.size}`
    })
    return (await Promise.all(stamps)).join(' ')
  }

  #read(): TlsOptions {
    const pair = readTlsFiles(this.#settings)
    this.#events.tlsLoaded(this.#name, endOf(pair))
    return {
      ...pair,
      minVersion: this.#settings.minVersion,
      ciphers,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      // New ones each time: nobody goes on with a session that was begun under other authorities.
      ticketKeys: randomBytes(ticketKeyBytes),
    }
  }
}

/** An HTTP server, over TLS where there are certificates. */
export const createHttpServer = (
  options: ServerOptions,
  handshakeTimeout: number,
  certificates?: Certificates,
): Server =>
  certificates === undefined
    ? createPlainServer(options)
    : certificates.createServer(options, handshakeTimeout)

/**
 * Hands a connection to the server that it did not accept itself: whoever reads something ahead of TLS (a PROXY header)
 * puts back what is not its own with `raw.unshift`, and leaves the socket paused.
 */
export const takeSocket = (server: Server, raw: Socket): void => {
  server.emit('connection', raw)
}

/** The TCP socket beneath the one of a request: the same without TLS. */
export const rawSocketOf = (socket: Socket): Socket =>
  socket instanceof TLSSocket
    ? ((socket as TLSSocket & { readonly _parent?: Socket })._parent ?? socket)
    : socket
