// Starting in order, stopping in reverse, each part with a deadline of its own.

/** A part of the node with a life. `stop` gets what is left of its time in ms and gives up by itself when it is over. */
export type Service = {
  readonly name: string
  start?(): Promise<void> | void
  stop?(timeoutMs: number): Promise<void> | void
}

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

/** Starts each after the other; if one fails, those started are stopped and its failure is thrown. */
export async function startAll(services: readonly Service[], onStopFailure: StopFailure): Promise<void> {
  const started: Service[] = []
  for (const service of services) {
    try {
      started.push(service)
      await service.start?.()
    } catch (failure) {
      await stopAll(started, 5_000, onStopFailure)
      throw failure
    }
  }
}

/** Stops in reverse. A part that fails or is late is named and the rest goes on. */
export async function stopAll(
  services: readonly Service[],
  timeoutMs: number,
  onStopFailure: StopFailure,
): Promise<void> {
  for (const service of services.toReversed()) {
    try {
      await withDeadline(service.stop?.(timeoutMs), timeoutMs + 500, `stopping ${service.name}`)
    } catch (failure) {
      onStopFailure(service.name, failure)
    }
  }
}
