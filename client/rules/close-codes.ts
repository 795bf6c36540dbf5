// What the end of a connection asks for. The range of a code decides, so codes nobody here has heard of are understood.

export type Advice = {
  /** `again`: come back as we are. `renew`: with a new token. `stop`: a person or a program has to change something first. */
  readonly step: 'again' | 'renew' | 'stop'
  /** What happened, for programs. */
  readonly code: string
  readonly message: string
  readonly fix: string
  /** A message was too large: it must not be sent again. */
  readonly tooLarge?: true
  /** The session is over: nothing is to be resumed. */
  readonly ends?: true
}

const advice = (step: Advice['step'], code: string, message: string, fix: string, more = {}): Advice => ({
  step,
  code,
  message,
  fix,
  ...more,
})

const known: Readonly<Record<number, Advice>> = {
  1000: advice('stop', 'ended', 'the gateway ended the session', 'call connect() to begin a new one', {
    ends: true,
  }),
  1009: advice('again', 'too-large', 'a message was too large', 'send less at a time', { tooLarge: true }),
  4400: advice(
    'stop',
    'malformed',
    'the gateway could not read what we sent',
    'use versions that fit each other',
  ),
  4401: advice('renew', 'unauthenticated', 'the token is not valid', 'let `token` answer a fresh one'),
  4403: advice('stop', 'forbidden', 'the origin or the policy forbids it', 'ask whoever runs the gateway'),
  4406: advice('stop', 'version', 'the gateway does not speak this subprotocol', 'update client or gateway'),
  4409: advice(
    'stop',
    'taken-over',
    'the session goes on elsewhere',
    'call connect() only if a person asks',
    {
      ends: true,
    },
  ),
  4410: advice('stop', 'revoked', 'the session or its credential was revoked', 'sign in again', {
    ends: true,
  }),
}

export function adviceFor(code: number): Advice {
  const found = known[code]
  if (found !== undefined) return found
  if (code >= 4400 && code < 4500)
    return advice(
      'stop',
      `close-${code}`,
      'the gateway asks for a change first',
      'look the code up in PROTOCOL.md',
    )
  return advice(
    'again',
    code === 1006 ? 'connection-lost' : `close-${code}`,
    'the connection ended',
    'none is needed',
  )
}

const byStatus: Readonly<Record<number, number>> = { 401: 4401, 403: 4403, 429: 4529, 503: 1013 }
const byRejection: Readonly<Record<string, number>> = { 'no-common-subprotocol': 4406 }

/** The close code that stands for an answer by HTTP; undefined where it says nothing about what to do. */
export const codeOfAnswer = (status: number, rejection: string | undefined): number | undefined =>
  rejection === undefined ? undefined : (byRejection[rejection] ?? byStatus[status])
