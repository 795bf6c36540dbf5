// The end of a credential on a live connection: told before it comes, waited for a little after it, then the connection ends.
import type { Connection } from '../connection/connection.ts'
import type { TimerWheel } from '../connection/timer-wheel.ts'

/** Milliseconds. */
export type ExpiryTimes = {
  /** Before the end, when the client is told; never more than half of the time there was. */
  readonly notice: number
  /** After the end, in which a fresh credential is still taken and nothing else is. */
  readonly grace: number
}

/** The wheel's turns are shorter than this; a longer wait is taken in pieces. */
const longestWaitMs = 3_600_000

/** Watches until the answer is called. `expiresAt` is milliseconds since the epoch. */
export function watchExpiry(
  connection: Connection,
  expiresAt: number,
  wheel: TimerWheel,
  { notice, grace }: ExpiryTimes,
): () => void {
  let cancel = (): void => undefined
  const waitUntil = (time: number, then: () => void): void => {
    const left = time - Date.now()
    if (left <= 0) return then()
    cancel = wheel.after(Math.min(left, longestWaitMs), () => waitUntil(time, then))
  }
  const close = (): void => connection.close('unauthenticated', 'the credential expired')
  const onEnd = (): void => {
    // Only who could show a fresh one is given the time to.
    if (connection.enveloped && connection.session !== undefined) waitUntil(expiresAt + grace, close)
    else close()
  }
  const tell = (): void => {
    if (connection.session !== undefined) connection.send({ kind: 'expiring', expiresAt })
    waitUntil(expiresAt, onEnd)
  }
  const left = expiresAt - Date.now()
  if (left <= 0) onEnd()
  else waitUntil(expiresAt - Math.min(notice, left / 2), tell)
  return () => cancel()
}
