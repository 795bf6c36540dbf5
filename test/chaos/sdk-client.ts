// The SDK as a client of a chaos run: mistreated through its socket, watched on the wire and at what it shows its program.
import { type Client, createClient, RefusedError } from '../../client/index.ts'
import type { ClientEvent } from '../support/client-events.ts'
import type { ResumingOptions } from '../support/resuming-client.ts'
import type { Sendable } from '../support/unanswered.ts'
import type { ChaosClient } from './chaos-client.ts'
import { ChaosSocket, type Traffic } from './sdk-socket.ts'
import { SdkTraffic } from './sdk-traffic.ts'

type Received = Extract<ClientEvent, { kind: 'received' }>

const silent = { warn: () => {}, error: () => {} }
const restartMs = 500

const socketsWith = (traffic: Traffic) =>
  class extends ChaosSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, traffic)
    }
  }

export class SdkClient implements ChaosClient {
  readonly socket = {
    start: () => this.#comeBack(),
    drop: () => this.#cut(),
    vanish: () => {
      this.#away = Promise.withResolvers()
      this.#cut()
    },
    stall: () => {
      this.#stalled = true
      this.#current?.ws.pause()
    },
    unstall: () => {
      this.#stalled = false
      if (this.#current?.ws.isPaused) this.#current.ws.resume()
    },
  }
  readonly #client: Client
  readonly #options: ResumingOptions
  readonly #seen = new Set<string>()
  readonly #traffic = new SdkTraffic((event) => this.#tell(event))
  #shown: Received[] = []
  #away: PromiseWithResolvers<void> | undefined
  #stalled = false
  #stopped = false
  #current: ChaosSocket | undefined
  #connections = 0

  constructor(options: ResumingOptions) {
    this.#options = options
    this.#client = createClient({
      url: () => this.#nextUrl(),
      token: () => options.token(),
      instance: options.instance,
      confirms: options.confirms !== undefined,
      confirm: options.confirms ?? { every: 20, afterMs: 300 },
      backOff: { firstMs: 50, longestMs: options.longestBackoffMs ?? 2_000 },
      connectTimeoutMs: 5_000,
      random: options.random ?? Math.random,
      log: silent,
      fetch: () => Promise.reject(new Error('not asked')),
      WebSocket: socketsWith(this.#socketTraffic),
    })
    this.#client.onMessage(({ payload, position }) => this.#received('message', undefined, payload, position))
    this.#client.on('state', ({ state }) => {
      // Whoever is sent away is started again: a run goes on with all its clients.
      if (state === 'closed' && !this.#stopped) setTimeout(() => this.start(), restartMs)
    })
  }

  get session(): { readonly id: string | undefined } {
    return { id: this.#traffic.session }
  }

  get welcomed(): boolean {
    return this.#client.state === 'open'
  }

  get waiting(): number {
    return this.#client.waiting
  }

  start(): void {
    if (this.#stopped) return
    this.#comeBack()
    void this.#client.connect()
  }

  stop(): void {
    this.#stopped = true
    this.#comeBack()
    this.socket.unstall()
    void this.#client.close()
  }

  send(what: Sendable): void {
    const { kind, id: uuid, route, key, payload, timeoutMs } = what
    this.#traffic.sent.set(uuid, { what, id: '' })
    const options = {
      ...(key === undefined ? {} : { key }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }
    const over = () => void this.#traffic.sent.delete(uuid)
    if (kind === 'request') return void this.#ask(uuid, route, payload, options).finally(over)
    this.#client.publish(route, payload, options).then(
      (place) => {
        over()
        this.#tell({ kind: 'ack', connection: this.#number, id: uuid, place })
      },
      (error: unknown) => {
        over()
        // A run has nothing that may be refused for good.
        if (error instanceof RefusedError) throw error
      },
    )
  }

  /** Its session is its own: nobody else says hello for it. */
  takeHello(): Promise<{ frame: object; attempt: undefined }> {
    return Promise.resolve({ frame: {}, attempt: undefined })
  }

  get #number(): number {
    return this.#current?.number ?? this.#connections
  }

  async #ask(uuid: string, route: string, payload: unknown, options: object): Promise<void> {
    try {
      for await (const reply of this.#client.requestStream(route, payload, options))
        this.#received('reply', uuid, reply.payload, reply.position)
    } catch {
      // A session that ended, or a timeout: the history shows what never came.
    }
  }

  async #nextUrl(): Promise<string> {
    for (;;) {
      await this.#away?.promise
      const port = this.#options.port()
      if (port !== undefined) return `ws://127.0.0.1:${port}/`
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #comeBack(): void {
    this.#away?.resolve()
    this.#away = undefined
  }

  #cut(): void {
    if (this.#current === undefined) return
    this.#current.terminate()
  }

  readonly #socketTraffic: Traffic = {
    onNew: (socket) => {
      socket.number = ++this.#connections
      this.#current = socket
      socket.ws.on('open', () => {
        if (this.#stalled) socket.ws.pause()
      })
    },
    outward: (socket, text) => this.#traffic.outward(socket, text),
    inward: (socket, text) => this.#traffic.inward(socket, text),
    onClosed: (socket, code, reason) => {
      if (this.#current === socket) this.#current = undefined
      this.#tell({ kind: 'closed', connection: socket.number, code, reason, ours: socket.ours })
    },
  }

  /** Readers have each their own turn: what they were shown in one tick is told in the order in which it came. */
  #received(as: 'message' | 'reply', request: string | undefined, payload: unknown, position: string): void {
    const { uuid } = payload as { uuid: string }
    const repeat = this.#seen.has(uuid)
    this.#seen.add(uuid)
    const session = this.session.id ?? ''
    const connection = this.#number
    if (this.#shown.length === 0) setImmediate(() => this.#tellShown())
    this.#shown.push({ kind: 'received', connection, session, as, request, uuid, repeat, position, payload })
  }

  #tellShown(): void {
    const { places } = this.#traffic
    const place = ({ uuid }: Received) => places.get(uuid) ?? 0
    const shown = this.#shown.splice(0).toSorted((one, other) => place(one) - place(other))
    for (const event of shown) {
      places.delete(event.uuid)
      this.#tell(event)
    }
  }

  #tell(event: ClientEvent): void {
    this.#options.onEvent?.(event)
  }
}
