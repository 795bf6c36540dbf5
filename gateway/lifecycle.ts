// Starting in order, stopping in reverse, each part with a deadline of its own.

/**
 * A part of the node with a life. `start` gives up when the signal aborts. `stop` gets what is left of the time in ms and
 * gives up by itself when it is over; it may be called for a part that was never started.
 */
export type Service = {
  readonly name: string
  start?(signal: AbortSignal): Promise<void> | void
  stop?(timeoutMs: number): Promise<void> | void
}

/** Milliseconds for stopping what was started before something failed. */
const afterFailureMs = 5_000
/** Milliseconds that each part has at least, however late it is: leases are given back last. */
const leastMs = 500
/** Milliseconds after which a part that does not keep to its time is left behind. */
const graceMs = 500

export type StopFailure = (name: string, failure: unknown) => void

/** Rejects with a sentence naming `what` when `work` takes longer. */
export async function withDeadline<T>(work: Promise<T> | T, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Starts each after the other until `signal` aborts. If one fails, all are stopped, since some hold something from when
 * they were made, and its failure is thrown. After the signal whoever gave it does the stopping.
 */
export async function startAll(
  services: readonly Service[],
  signal: AbortSignal,
  onStopFailure: StopFailure,
): Promise<void> {
  try {
    for (const service of services) {
      signal.throwIfAborted()
      await service.start?.(signal)
    }
    signal.throwIfAborted()
  } catch (failure) {
    if (!signal.aborted) await stopAll(services, afterFailureMs, onStopFailure)
    throw failure
  }
}

/** Stops in reverse, all within about `timeoutMs`. A part that fails or is late is named and the rest goes on. */
export async function stopAll(
  services: readonly Service[],
  timeoutMs: number,
  onStopFailure: StopFailure,
): Promise<void> {
  const until = performance.now() + timeoutMs
  for (const service of services.toReversed()) {
    const left = Math.max(until - performance.now(), leastMs)
    try {
      await withDeadline(service.stop?.(left), left + graceMs, `stopping ${service.name}`)
    } catch (failure) {
      onStopFailure(service.name, failure)
    }
  }
}
