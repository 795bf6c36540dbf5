// What can go wrong, each with a code for programs and a sentence for people that says what to do.
import type { RefusalFrame, Violation } from './wire/frames.ts'

/** Everything this client throws or rejects with, but for the reason of an AbortSignal. */
export class OpenClawError extends Error {
  override readonly name: string = 'OpenClawError'
  readonly code: string
  /** What helps. */
  readonly fix: string

  constructor(code: string, message: string, fix: string, options?: ErrorOptions) {
    super(`${message} (${code}): ${fix}`, options)
    this.code = code
    this.fix = fix
  }
}

/** The connection cannot be had, or is over and is not tried again. */
export class ConnectionError extends OpenClawError {
  override readonly name: string = 'ConnectionError'
  /** The WebSocket's close code, where there was one. */
  readonly closeCode: number | undefined
  /** Of a handshake that was answered by HTTP. */
  readonly status: number | undefined

  constructor(
    code: string,
    message: string,
    fix: string,
    more: { closeCode?: number | undefined; status?: number | undefined; cause?: unknown } = {},
  ) {
    super(code, message, fix, more.cause === undefined ? undefined : { cause: more.cause })
    this.closeCode = more.closeCode
    this.status = more.status
  }
}

/** Throw it from `token` where asking again is of no use; the client stops then. */
export class SignInError extends ConnectionError {
  override readonly name = 'SignInError'

  constructor(message = 'there is no token', options: { cause?: unknown } = {}) {
    super('unauthenticated', message, 'sign in, then call connect() again', options)
  }
}

const fixes: Readonly<Record<string, string>> = {
  'invalid-frame': 'mend the field that the message names',
  'invalid-payload': 'mend the payload as `violations` says',
  'unknown-route': 'name a route of the gateway’s configuration',
  'unknown-channel': 'name a channel that a pattern of the configuration fits',
  forbidden: 'sign in as somebody who may, or change the rule',
  'too-large': 'send less at a time',
  timeout: 'wait longer with timeoutMs, or see whether a backend answers this route',
  'deadline-passed': 'send it again if it still matters',
  'token-expired': 'let `token` answer a fresh token',
}

/** The gateway did not take this frame; the connection goes on. */
export class RefusedError extends OpenClawError {
  override readonly name = 'RefusedError'
  readonly retryable: boolean
  readonly violations: readonly Violation[]

  constructor({ code, message, retryable, violations }: RefusalFrame) {
    super(
      code,
      `refused: ${message}`,
      fixes[code] ?? (retryable ? 'send it again later' : 'see the gateway’s log'),
    )
    this.retryable = retryable
    this.violations = violations ?? []
  }
}

/** A backend answered the request with an error. */
export class ReplyError extends OpenClawError {
  override readonly name = 'ReplyError'
  readonly payload: unknown

  constructor(code: string, payload: unknown) {
    super(code, 'the backend answered with an error', 'see `payload` for what it says')
    this.payload = payload
  }
}

export const queueFull = (limit: number): OpenClawError =>
  new OpenClawError(
    'queue-full',
    `${limit} messages wait for the gateway already`,
    'await publish() before sending more, or raise queueLimit',
  )

export const timedOut = (ms: number): OpenClawError =>
  new OpenClawError('timeout', `no answer within ${ms} ms`, fixes['timeout'] ?? '')

export const sessionLost = (): OpenClawError =>
  new OpenClawError('session-lost', 'the session ended before the last reply', 'ask again')

export const closedByUs = (): ConnectionError =>
  new ConnectionError('closed', 'the client is closed', 'call connect() first')
