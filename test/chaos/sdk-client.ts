// The SDK as a client of a chaos run: mistreated through its socket, watched on the wire and at what it shows its program.
import { type Client, createClient, RefusedError } from '../../client/index.ts'
import type { ClientEvent } from '../support/client-events.ts'
import type { ResumingOptions } from '../support/resuming-client.ts'
import type { Sendable } from '../support/unanswered.ts'
import type { ChaosClient } from './chaos-client.ts'
import { ChaosSocket, type Traffic } from './sdk-socket.ts'

type Frame = Record<string, Record<string, unknown>>

const silent = { warn: () => {}, error: () => {} }
const restartMs = 500

export class SdkClient implements ChaosClient {
  readonly session: { id: string | undefined } = { id: undefined }
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
  /** By uuid, which is the id on the wire, too: the checks know no other. */
  readonly #sent = new Map<string, { readonly what: Sendable; id: string }>()
  #away: PromiseWithResolvers<void> | undefined
  #stalled = false
  #stopped = false
  #current: ChaosSocket | undefined
  #connections = 0

  constructor(options: ResumingOptions) {
    this.#options = options
    const owner = this
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
      WebSocket: class extends ChaosSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols, owner.#traffic)
        }
      },
    })
    this.#client.onMessage(({ payload, position }) => this.#received('message', undefined, payload, position))
    this.#client.on('state', ({ state }) => {
      // Whoever is sent away is started again: a run goes on with all its clients.
      if (state === 'closed' && !this.#stopped) setTimeout(() => this.start(), restartMs)
    })
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
    this.#sent.set(uuid, { what, id: '' })
    const options = {
      ...(key === undefined ? {} : { key }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }
    const over = () => void this.#sent.delete(uuid)
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

  readonly #traffic: Traffic = {
    onNew: (socket) => {
      socket.number = ++this.#connections
      this.#current = socket
      socket.ws.on('open', () => {
        if (this.#stalled) socket.ws.pause()
      })
    },
    outward: (socket, text) => this.#outward(socket, text),
    inward: (socket, text) => this.#inward(socket.number, text),
    onClosed: (socket, code, reason) => {
      if (this.#current === socket) this.#current = undefined
      this.#tell({ kind: 'closed', connection: socket.number, code, reason, ours: socket.ours })
    },
  }

  /** Notes what goes out, under the id that the run knows it by, and marks each send so that the logs show which one they hold. */
  #outward(socket: ChaosSocket, text: string): string {
    const [kind = '', fields = {}] = Object.entries(JSON.parse(text) as Frame)[0] ?? []
    const { number: connection, port } = socket
    if (kind === 'hello') {
      const attempt = (fields['resume'] as { attempt?: number } | undefined)?.attempt
      const resumes = attempt === undefined ? undefined : this.session.id
      this.#tell({ kind: 'hello', connection, port, resumes, attempt })
    }
    if (kind === 'cancel') {
      const [uuid] = [...this.#sent].find(([, { id }]) => id === fields['id']) ?? []
      return JSON.stringify({ cancel: { id: uuid ?? fields['id'] } })
    }
    if (kind !== 'publish' && kind !== 'request') return text
    const { uuid } = fields['payload'] as { uuid: string }
    const sent = this.#sent.get(uuid)
    if (sent === undefined) return text
    sent.id = String(fields['id'])
    const nth = ++socket.sends
    this.#tell({ kind: 'sent', connection, nth, what: sent.what })
    return JSON.stringify({ [kind]: { ...fields, id: uuid, headers: { 'x-send': `${connection}.${nth}` } } })
  }

  #inward(connection: number, text: string): string {
    const [kind = '', fields = {}] = Object.entries(JSON.parse(text) as Frame)[0] ?? []
    if (kind === 'welcome') {
      const [session, before] = [String(fields['session']), this.session.id]
      this.session.id = session
      const { resumed, recovered } = fields as { resumed: boolean; recovered: boolean }
      this.#tell({ kind: 'welcome', connection, session, resumed, recovered, before })
    } else if (kind === 'refusal') {
      const { id, code, retryable } = fields as { id?: string; code: string; retryable: boolean }
      this.#tell({ kind: 'refusal', connection, id, code, retryable })
    } else if (kind === 'goaway')
      this.#tell({ kind: 'goaway', connection, reconnectAfterMs: Number(fields['reconnectAfterMs']) })
    if (kind !== 'ack' && kind !== 'refusal' && kind !== 'reply') return text
    const id = this.#sent.get(String(fields['id']))?.id ?? fields['id']
    return JSON.stringify({ [kind]: { ...fields, id } })
  }

  #received(as: 'message' | 'reply', request: string | undefined, payload: unknown, position: string): void {
    const { uuid } = payload as { uuid: string }
    const repeat = this.#seen.has(uuid)
    this.#seen.add(uuid)
    const session = this.session.id ?? ''
    this.#tell({
      kind: 'received',
      connection: this.#number,
      session,
      as,
      request,
      uuid,
      repeat,
      position,
      payload,
    })
  }

  #tell(event: ClientEvent): void {
    this.#options.onEvent?.(event)
  }
}
