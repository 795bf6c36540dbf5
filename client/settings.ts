// What a client can be told, and what it does where it is told nothing.
import type { ConfirmPace } from './link/confirming.ts'
import type { SocketClass } from './link/socket.ts'
import { type Pace, protocolPace } from './rules/backoff.ts'
import type { JsonText } from './wire/frames.ts'

export type Log = {
  warn(text: string, details?: unknown): void
  error(text: string, details?: unknown): void
}

/** Why a token is asked for. */
export type TokenReason = 'connect' | 'expiring' | 'refused'

export type ClientOptions = {
  /** `wss://…`; a function is asked before each attempt. */
  readonly url: string | (() => string | Promise<string>)
  /** Asked before each attempt and before the token ends, never twice at a time. Left out: anonymous. */
  readonly token?: ((reason: TokenReason) => string | Promise<string>) | undefined
  /** `proto` is loaded when it is used. Default `json`. */
  readonly codec?: 'json' | 'proto'
  /** Name and version of your program, for operators. */
  readonly name?: string
  readonly version?: string
  /** Names this installation; keep it where it survives a reload and what is sent again is known as the same. Default random. */
  readonly instance?: string
  /** Messages that may wait for an answer or for a connection. Default 1000. */
  readonly queueLimit?: number
  /** Messages of one channel that may wait for their reader; then the oldest go, and `dropped` says so. Default 1000. */
  readonly bufferLimit?: number
  /** One message at a time, so that refused and repeated ones keep the order. Default false. */
  readonly ordered?: boolean
  /** Tell the gateway what was handled, so that nothing is lost with a node. Default true. */
  readonly confirms?: boolean
  /** When to confirm. Default: 100 messages or 1 s. */
  readonly confirm?: ConfirmPace
  /** Between attempts. Default: 1 s, doubled up to 30 s, each time a random part of it. */
  readonly backOff?: Pace
  /** For a handshake with its welcome. Default 10 s. */
  readonly connectTimeoutMs?: number
  /** One connection for all tabs of this origin that give the same name; `true`: the name is the URL. Default false. */
  readonly shared?: boolean | string
  /** In place of the global one, such as that of the package `ws`. */
  readonly WebSocket?: SocketClass
  readonly fetch?: typeof fetch
  /** In place of JSON. */
  readonly json?: JsonText
  /** Default: the console. */
  readonly log?: Log
  readonly random?: () => number
}

export type Settings = Required<Omit<ClientOptions, 'url' | 'token' | 'shared' | 'name' | 'version'>> & {
  readonly url: () => string | Promise<string>
  readonly token: ClientOptions['token']
  readonly client: { readonly name: string; readonly version: string; readonly instance: string }
}

/** This package. */
export const packageName = 'openclaw-client'
export const packageVersion = '0.1.0'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** So many random letters and digits. */
export const randomText = (length: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => letters[byte % letters.length]).join(
    '',
  )

/** Throws a TypeError that names the option where one cannot be used. */
export function toSettings(given: ClientOptions): Settings {
  // Undefined is as good as left out.
  const options = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as ClientOptions
  const { url, name = packageName, version = packageVersion, instance = randomText(16) } = options
  if (typeof url !== 'string' && typeof url !== 'function')
    throw new TypeError('url: expected "wss://…" or a function that answers it')
  if (options.token !== undefined && typeof options.token !== 'function')
    throw new TypeError('token: expected a function that answers the token, such as () => token')
  const WebSocketClass = options.WebSocket ?? (globalThis.WebSocket as unknown as SocketClass | undefined)
  if (WebSocketClass === undefined)
    throw new TypeError('WebSocket: there is no global one; give that of the package ws')
  return {
    codec: 'json',
    queueLimit: 1_000,
    bufferLimit: 1_000,
    ordered: false,
    confirms: true,
    confirm: { every: 100, afterMs: 1_000 },
    backOff: protocolPace,
    connectTimeoutMs: 10_000,
    fetch: (...given) => globalThis.fetch(...given),
    json: JSON,
    log: globalThis.console,
    random: Math.random,
    ...options,
    instance,
    WebSocket: WebSocketClass,
    url: typeof url === 'function' ? url : () => url,
    token: options.token,
    client: { name, version, instance },
  }
}
