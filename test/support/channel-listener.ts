// A client that listens to channels and comes back to them by their positions, as PROTOCOL.md wants it.
import { ChannelLog } from './channel-log.ts'
import { ClientSession } from './client-session.ts'
import { type Connection, Reconnecting } from './reconnecting.ts'

export type ListenerOptions = {
  /** The port to try next; undefined: none at the moment. */
  port(): number | undefined
  token(): Promise<string>
  readonly channels: readonly string[]
  /** With its session and `hello.resume.channels`; else with a new one, and `since` in each `subscribe`. */
  readonly resumes: boolean
  random?(): number
  /** Each message, repeats among them. */
  onMessage?(payload: Numbered): void
}

/** What is published to channels in tests. */
export type Numbered = { readonly n: number; readonly [field: string]: unknown }

type Fields = Readonly<Record<string, unknown>>

export class ChannelListener {
  readonly logs: ReadonlyMap<string, ChannelLog>
  readonly socket: Reconnecting
  /** From the end of each connection to the answer for the last of its channels, in ms. */
  readonly backMs: number[] = []
  /** Messages that came, repeats among them. */
  deliveries = 0
  /** Codes of refusals, and of closes that were not ours. */
  readonly refusals: string[] = []
  readonly closes: number[] = []
  readonly #options: ListenerOptions
  readonly #session = new ClientSession()
  /** Channels without an answer on this connection. */
  readonly #waiting = new Set<string>()
  #goneAt: number | undefined

  constructor(options: ListenerOptions) {
    this.#options = options
    this.logs = new Map(options.channels.map((channel) => [channel, new ChannelLog()]))
    this.socket = new Reconnecting({
      port: () => options.port(),
      longestBackoffMs: 1_000,
      random: options.random ?? Math.random,
      onOpen: (connection) => void this.#greet(connection),
      onText: (connection, text) => this.#hear(connection, text),
      onClosed: (_connection, { code, ours }) => {
        if (!ours) this.closes.push(code)
        this.#goneAt ??= performance.now()
      },
    })
  }

  /** It has an answer for each of its channels on the connection that it has now. */
  get subscribed(): boolean {
    return this.socket.current?.welcomed === true && this.#waiting.size === 0
  }

  start(): void {
    this.socket.start()
  }

  stop(): void {
    this.socket.stop()
  }

  async #greet(connection: Connection): Promise<void> {
    const token = await this.#options.token()
    if (this.socket.current !== connection) return
    for (const channel of this.logs.keys()) this.#waiting.add(channel)
    const channels = Object.fromEntries([...this.logs].map(([name, { position }]) => [name, position]))
    const resume = this.#options.resumes ? this.#session.nextAttempt() : undefined
    connection.ws.send(JSON.stringify({ hello: { token, resume: resume && { ...resume, channels } } }))
  }

  #hear(connection: Connection, text: string): void {
    const [[kind, fields] = ['', {}]] = Object.entries(JSON.parse(text) as Record<string, Fields>)
    const log = this.logs.get(String(fields['channel']))
    if (kind === 'message' && log !== undefined) {
      this.deliveries++
      const payload = fields['payload'] as Numbered
      log.message(String(fields['position']), payload.n)
      this.#options.onMessage?.(payload)
    } else if (kind === 'subscribed') {
      log?.subscribed(String(fields['position']), fields['recovered'] === true)
      this.#answered(String(fields['channel']))
    } else if (kind === 'dropped') log?.dropped(Number(fields['count']))
    else if (kind === 'welcome') this.#welcomed(connection, fields)
    else if (kind === 'heartbeat') this.#session.position = String(fields['position'])
    else if (kind === 'refusal') this.refusals.push(`${String(fields['code'])} ${String(fields['message'])}`)
  }

  #welcomed(connection: Connection, fields: Fields): void {
    const isFirst = this.#session.id === undefined
    const { heartbeatMs } = this.#session.welcomed(fields)
    this.socket.welcome(connection, heartbeatMs)
    // Asked for in the hello.
    if (this.#options.resumes && !isFirst) return
    let id = 0
    for (const [channel, { position: since }] of this.logs)
      connection.ws.send(JSON.stringify({ subscribe: { id: `s${id++}`, channel, since } }))
  }

  #answered(channel: string): void {
    this.#waiting.delete(channel)
    if (this.#waiting.size > 0 || this.#goneAt === undefined) return
    this.backMs.push(performance.now() - this.#goneAt)
    this.#goneAt = undefined
  }
}
