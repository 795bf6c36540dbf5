// Lets a server that fails be: after some failures in a row nobody asks it for a time, then one does.

export type CircuitOptions = {
  /** Failures in a row after which it is let be. */
  readonly failures: number
  /** Milliseconds until one question is tried. */
  readonly pauseMs: number
  /** Questions at a time. */
  readonly maxPending: number
  /** Whether a failure is the server's own, and not one that whoever asks can cause. */
  readonly isOutage: (failure: unknown) => boolean
  readonly now?: () => number
}

/** Not asked: it fails now, or too many ask. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked'
}

export type Circuit = <T>(ask: () => Promise<T>) => Promise<T>

/** Rejects as `ask` does, or with `NotAsked`. */
export function createCircuit(options: CircuitOptions): Circuit {
  const { failures, pauseMs, maxPending, isOutage, now = () => performance.now() } = options
  let inARow = 0
  let closedUntil = 0
  let pending = 0
  let isTrying = false

  return async (ask) => {
    const isTrial = inARow >= failures
    if (pending >= maxPending) throw new NotAsked('too many questions at a time')
    if (isTrial && (isTrying || now() < closedUntil)) throw new NotAsked('it failed too often just now')
    pending++
    if (isTrial) isTrying = true
    try {
      const answer = await ask()
      inARow = 0
      return answer
    } catch (failure) {
      if (isOutage(failure)) inARow++
      if (inARow >= failures) closedUntil = now() + pauseMs
      throw failure
    } finally {
      pending--
      if (isTrial) isTrying = false
    }
  }
}
