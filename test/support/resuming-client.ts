// A client as PROTOCOL.md wants it: it comes back wherever it can, resumes, confirms, sends again, and knows repeats.
import { WebSocket } from 'ws'
import type { ClientEvent, Place } from './client-events.ts'
import { ClientRecord } from './client-record.ts'
import { ClientSession } from './client-session.ts'
import { Confirming, type Pace } from './confirming.ts'
import { type Connection, Reconnecting } from './reconnecting.ts'
import { type Entry, type Sendable, Unanswered } from './unanswered.ts'

export type ResumingOptions = {
  /** The port to try next; undefined: none at the moment. */
  port(): number | undefined
  token(): Promise<string>
  /** Stays the same over sessions, so that what is sent again is known as a copy. */
  readonly instance: string
  /** Confirms at this pace; without it the client does not say `confirms`. */
  readonly confirms?: Pace | undefined
  /** Sends what waits right behind `hello`, not after `welcome`. */
  readonly pipelines?: boolean
  /** The longest wait between two attempts, in ms. Default 2 s; the protocol asks 30 s of real clients. */
  readonly longestBackoffMs?: number
  /** Keeps no record: who runs for long listens to `onEvent`. */
  readonly forgets?: boolean
  random?(): number
  onEvent?(event: ClientEvent): void
}

type Fields = Readonly<Record<string, unknown>>

/** Deliveries are told apart by the `uuid` in their payload; '' for one without. */
const uuidOf = (payload: unknown): string => {
  const uuid = (payload as { uuid?: unknown } | null | undefined)?.uuid
  return typeof uuid === 'string' ? uuid : ''
}

export class ResumingClient {
  readonly record = new ClientRecord()
  readonly session = new ClientSession()
  /** For those who want to mistreat the connection. */
  readonly socket: Reconnecting
  /** The code after which it does not come back by itself. */
  ended: number | undefined
  readonly #options: ResumingOptions
  readonly #seen = new Set<string>()
  readonly #unanswered: Unanswered
  readonly #confirming: Confirming | undefined

  constructor(options: ResumingOptions) {
    this.#options = options
    const { confirms, longestBackoffMs = 2_000, random = Math.random } = options
    this.#unanswered = new Unanswered((entry) => this.#write(entry))
    if (confirms) {
      this.#confirming = new Confirming(confirms, (position) => this.#frame({ confirm: { position } }))
    }
    this.socket = new Reconnecting({
      port: () => options.port(),
      longestBackoffMs,
      random,
      onOpen: (connection) => void this.#greet(connection),
      onText: (connection, text) => this.#hear(connection, text),
      onClosed: ({ number }, { code, reason, ours, final }) => {
        this.#confirming?.reset()
        if (final) this.ended = code
        this.#tell({ kind: 'closed', connection: number, code, reason, ours })
      },
    })
  }

  get welcomed(): boolean {
    return this.socket.current?.welcomed === true
  }

  /** Publishes and requests without an answer. */
  get waiting(): number {
    return this.#unanswered.size
  }

  /** Connects, and comes back by itself from then on; also after a code that had ended it. */
  start(): void {
    this.ended = undefined
    this.socket.start()
  }

  /** Confirms what it has and ends the session. */
  stop(): void {
    this.#unanswered.stop()
    this.#confirming?.flush()
    this.socket.stop()
  }

  /** Sends it now or when there is a connection, and again until it is answered. */
  send(what: Sendable): void {
    const entry = this.#unanswered.add(what)
    if (this.welcomed) this.#write(entry)
  }

  /** The `hello` of the next attempt: each call counts as one. */
  async takeHello(): Promise<{ readonly frame: Fields; readonly attempt: number | undefined }> {
    const { instance, confirms } = this.#options
    const token = await this.#options.token()
    const resume = this.session.nextAttempt()
    const client = { name: 'resuming-test-client', instance }
    const frame = { hello: { token, client, confirms: confirms && true, resume } }
    return { frame, attempt: resume?.attempt }
  }

  #tell(event: ClientEvent): void {
    if (!this.#options.forgets) this.record.take(event)
    this.#options.onEvent?.(event)
  }

  #frame(frame: Fields): void {
    const { ws } = this.socket.current ?? {}
    if (ws?.readyState === WebSocket.OPEN) ws.send(JSON.stringify(frame))
  }

  async #greet(connection: Connection): Promise<void> {
    const { number, port } = connection
    const { frame, attempt } = await this.takeHello()
    if (this.socket.current !== connection) return
    const resumes = attempt === undefined ? undefined : this.session.id
    this.#tell({ kind: 'hello', connection: number, port, resumes, attempt })
    this.#frame(frame)
    if (this.#options.pipelines) this.#unanswered.sendAll(number)
  }

  #write(entry: Entry): void {
    const connection = this.socket.current
    if (connection?.ws.readyState !== WebSocket.OPEN) return
    const { number } = connection
    const nth = ++connection.sends
    const { kind, sequence, ...what } = entry.what
    entry.sentOn = number
    this.#tell({ kind: 'sent', connection: number, nth, what: entry.what })
    this.#frame({
      [kind]: { ...what, sequence: String(sequence), headers: { 'x-send': `${number}.${nth}` } },
    })
  }

  #hear(connection: Connection, text: string): void {
    const { number } = connection
    const [kind = '', fields = {}] = Object.entries(JSON.parse(text) as Record<string, Fields>)[0] ?? []
    if (kind === 'message' || kind === 'reply') this.#onDelivery(number, kind, fields)
    else if (kind === 'ack') this.#onAck(number, fields as { id: string } & Place)
    else if (kind === 'refusal') this.#onRefusal(number, fields)
    else if (kind === 'heartbeat') this.#handled(String(fields['position']))
    else if (kind === 'welcome') {
      const { heartbeatMs, ...told } = this.session.welcomed(fields)
      this.socket.welcome(connection, heartbeatMs)
      this.#tell({ kind: 'welcome', connection: number, ...told })
      this.#unanswered.sendAll(number)
    } else if (kind === 'goaway') {
      const reconnectAfterMs = Number(fields['reconnectAfterMs'])
      this.#tell({ kind: 'goaway', connection: number, reconnectAfterMs })
      this.socket.moveAfter(reconnectAfterMs)
    }
  }

  #handled(position: string): void {
    this.session.position = position
    this.#confirming?.handled(position)
  }

  #onDelivery(connection: number, as: 'message' | 'reply', fields: Fields): void {
    const { payload, more } = fields
    const position = String(fields['position'])
    const uuid = uuidOf(payload)
    const repeat = this.#seen.has(uuid)
    if (uuid !== '') this.#seen.add(uuid)
    const request = as === 'reply' ? String(fields['id']) : undefined
    if (request !== undefined && more !== true) this.#unanswered.answered(request)
    const session = this.session.id ?? ''
    this.#tell({ kind: 'received', connection, session, as, request, uuid, repeat, position, payload })
    this.#handled(position)
  }

  #onAck(connection: number, { id, topic, partition, offset }: { id: string } & Place): void {
    this.#unanswered.answered(id)
    this.#tell({ kind: 'ack', connection, id, place: { topic, partition, offset } })
  }

  #onRefusal(connection: number, fields: Fields): void {
    const id = fields['id'] as string | undefined
    const [code, retryable] = [String(fields['code']), fields['retryable'] === true]
    this.#tell({ kind: 'refusal', connection, id, code, retryable })
    if (id === undefined) return
    if (!retryable) return void this.#unanswered.answered(id)
    const wait = Number(fields['retryAfterMs'] ?? 200)
    this.#unanswered.again(id, wait, () => this.socket.current?.number ?? 0)
  }
}
