// What the end of an attempt means: come back or stop, how soon, and how to say it.
import { ConnectionError, SignInError } from '../errors.ts'
import { type Advice, adviceFor, codeOfAnswer } from '../rules/close-codes.ts'
import type { End } from './connection.ts'
import { type Explanation, inWords } from './explain.ts'

export type Outcome = {
  readonly advice: Advice
  readonly error: ConnectionError
  /** Milliseconds to wait at least. */
  readonly floorMs: number
}

/** A connection that was there, or was answered, is over. */
export function outcomeOf(end: End, explanation: Explanation | undefined, url: string): Outcome {
  const { status } = explanation ?? {}
  const answered = status === undefined ? undefined : codeOfAnswer(status, explanation?.code)
  const closeCode = end.opened ? end.code : (answered ?? 1006)
  const advice = adviceFor(closeCode)
  const said = end.reason === '' ? '' : `: ${end.reason}`
  const message = end.opened ? `${advice.message}${said}` : inWords(explanation, url, end.reason)
  const unreachable = !end.opened && answered === undefined
  const fix = unreachable ? 'see that the address is right and a gateway listens there' : advice.fix
  const code = end.opened ? advice.code : (explanation?.code ?? 'unreachable')
  const error = new ConnectionError(code, message, fix, { closeCode: end.code, status })
  return { advice, error, floorMs: explanation?.retryAfterMs ?? 0 }
}

/** An attempt that came to nothing before there was a socket. */
export function outcomeOfFailure(failure: unknown): Outcome {
  if (failure instanceof SignInError)
    return { advice: { ...adviceFor(4401), step: 'stop' }, error: failure, floorMs: 0 }
  if (failure instanceof SyntaxError || (failure as Error | undefined)?.name === 'SyntaxError') {
    const error = new ConnectionError('bad-url', String(failure), 'give a ws:// or wss:// address', {
      cause: failure,
    })
    return { advice: { ...adviceFor(4400), code: 'bad-url' }, error, floorMs: 0 }
  }
  const message = `what was asked for the connection failed: ${String(failure)}`
  const error = new ConnectionError('token-failed', message, 'see why `token` or `url` throws', {
    cause: failure,
  })
  return { advice: { ...adviceFor(1006), code: 'token-failed' }, error, floorMs: 0 }
}

/** After a token was refused, with no use in another try. */
export const refusedForGood = (error: ConnectionError): Outcome => ({
  advice: { ...adviceFor(4401), step: 'stop' },
  error: new SignInError('the gateway does not take the token', { cause: error }),
  floorMs: 0,
})
