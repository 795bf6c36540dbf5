// A WebSocket that comes back: back-off, close codes by their range, a watchdog for silence, and ways to mistreat it.
import { WebSocket } from 'ws'

export type Connection = {
  /** Counts the sockets of one client, from 1 on. */
  readonly number: number
  readonly ws: WebSocket
  readonly port: number
  /** The protocol's handshake is done on it. */
  welcomed: boolean
  /** Frames that were sent on it. */
  sends: number
}

export type ReconnectingOptions = {
  /** The port to try next; undefined: none at the moment. */
  port(): number | undefined
  /** The longest wait between two attempts, in ms. */
  readonly longestBackoffMs: number
  random(): number
  onOpen(connection: Connection): void
  onText(connection: Connection, text: string): void
  /** `ours`: we ended it. `final`: its code says not to come back as we are. */
  onClosed(connection: Connection, end: { code: number; reason: string; ours: boolean; final: boolean }): void
}

/** Codes after which a client changes something first; the token is new each time, so 4401 is not among them. */
const isFinal = (code: number): boolean => code === 1000 || (code >= 4400 && code < 4500 && code !== 4401)
const firstBackoffMs = 50
const handshakeMs = 5_000
const farewellMs = 500

export class Reconnecting {
  readonly #options: ReconnectingOptions
  #connection: Connection | undefined
  #connections = 0
  #failures = 0
  #running = false
  #stalled = false
  #heard = 0
  #timer: NodeJS.Timeout | undefined
  #watchdog: NodeJS.Timeout | undefined

  constructor(options: ReconnectingOptions) {
    this.#options = options
  }

  get current(): Connection | undefined {
    return this.#connection
  }

  /** Connects, and comes back whenever the connection ends, until `stop` or `vanish`. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#failures = 0
    this.#connect()
  }

  /** Ends the socket without a word and comes back at once. */
  drop(): void {
    if (!this.#running) return
    this.#failures = 0
    this.#cut()
    this.#connect()
  }

  /** Ends the socket without a word and stays away until `start`. */
  vanish(): void {
    this.#running = false
    this.#cut()
  }

  /** Says goodbye with 1000 and stays away. */
  stop(): void {
    this.#running = false
    this.unstall()
    this.#leave(1000)
  }

  /** Moves to another node in a while: it was asked to. */
  moveAfter(ms: number): void {
    const asked = this.#connection
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      // Not 1000: the session goes on.
      if (this.#connection === asked) this.#leave(1001)
    }, ms)
  }

  /** The handshake is done; from now on something is heard every `heartbeatMs`. */
  welcome(connection: Connection, heartbeatMs: number): void {
    connection.welcomed = true
    this.#failures = 0
    clearTimeout(this.#watchdog)
    this.#watchdog = setInterval(
      () => {
        const silence = performance.now() - this.#heard
        if (!this.#stalled && silence > heartbeatMs * 2) connection.ws.terminate()
      },
      Math.max(50, heartbeatMs / 4),
    )
  }

  /** Reads nothing until `unstall`; writing goes on. */
  stall(): void {
    this.#stalled = true
    this.#connection?.ws.pause()
  }

  unstall(): void {
    this.#stalled = false
    this.#heard = performance.now()
    if (this.#connection?.ws.isPaused) this.#connection.ws.resume()
  }

  #connect(): void {
    clearTimeout(this.#timer)
    if (!this.#running) return
    const port = this.#options.port()
    if (port === undefined) return this.#later()
    const ws = new WebSocket(`ws://127.0.0.1:${port}/`, ['openclaw.v1.json'], {
      perMessageDeflate: false,
      handshakeTimeout: handshakeMs,
    })
    const connection = { number: ++this.#connections, ws, port, welcomed: false, sends: 0 }
    this.#connection = connection
    this.#heard = performance.now()
    const heard = () => {
      this.#heard = performance.now()
    }
    ws.on('error', () => undefined)
    ws.on('ping', heard)
    ws.on('open', () => {
      if (this.#stalled) ws.pause()
      this.#options.onOpen(connection)
    })
    ws.on('message', (data: Buffer) => {
      heard()
      if (this.#connection === connection) this.#options.onText(connection, data.toString())
    })
    ws.on('close', (code, reason) => this.#onClose(connection, code, reason.toString()))
    clearTimeout(this.#watchdog)
    this.#watchdog = setTimeout(() => ws.terminate(), handshakeMs * 2)
  }

  #onClose(connection: Connection, code: number, reason: string): void {
    if (this.#connection !== connection) return
    this.#forget()
    const final = isFinal(code)
    this.#options.onClosed(connection, { code, reason, ours: false, final })
    if (final) this.#running = false
    else this.#later()
  }

  #later(): void {
    if (!this.#running) return
    const bound = Math.min(this.#options.longestBackoffMs, firstBackoffMs * 2 ** this.#failures++)
    this.#timer = setTimeout(() => this.#connect(), this.#options.random() * bound)
  }

  #cut(): void {
    clearTimeout(this.#timer)
    const connection = this.#connection
    if (connection === undefined) return
    this.#forget()
    connection.ws.terminate()
    this.#options.onClosed(connection, { code: 1006, reason: '', ours: true, final: false })
  }

  /** A goodbye; what comes until it is answered is still read, but not for long. */
  #leave(code: number): void {
    clearTimeout(this.#timer)
    const connection = this.#connection
    if (connection === undefined) return
    connection.ws.close(code)
    setTimeout(() => {
      if (this.#connection === connection) connection.ws.terminate()
    }, farewellMs)
  }

  #forget(): void {
    clearTimeout(this.#watchdog)
    this.#connection = undefined
  }
}
