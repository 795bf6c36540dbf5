// What ends the development stack: the first Ctrl-C asks it to stop in order, a second one makes it stop at once.

// npm passes a Ctrl-C on that the terminal has sent us already, so one key press can arrive twice.
const sameKeyPressMs = 500

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type Interrupt = {
  /** Aborted by the first signal, or by `because`. */
  readonly signal: AbortSignal
  /** Why it was stopped, where that was not a person's wish. */
  readonly reason: string | undefined
  /** Asks for the stop because something went wrong; the first reason counts. */
  because(reason: string): void
  /** Lets signals be again. */
  release(): void
}

/** Listens for signals. `onForce` is called by a second one. */
export const createInterrupt = (onForce: () => void): Interrupt => {
  const controller = new AbortController()
  let reason: string | undefined
  let first: number | undefined
  const onSignal = () => {
    first ??= performance.now()
    if (performance.now() - first > sameKeyPressMs) onForce()
    else controller.abort()
  }
  for (const name of signals) process.on(name, onSignal)
  return {
    signal: controller.signal,
    get reason() {
      return reason
    },
    because(text) {
      if (!controller.signal.aborted) reason = text
      controller.abort()
    },
    release() {
      for (const name of signals) process.off(name, onSignal)
    },
  }
}
