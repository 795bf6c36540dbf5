// Waiting with a limit.
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when `work` is over, however it ends, or after `timeoutMs`; answers whether it was over by then. */
export async function within(timeoutMs: number, work: Promise<unknown> | undefined): Promise<boolean> {
  const patience = new AbortController()
  const late = pause(timeoutMs, false, { signal: patience.signal }).catch(() => false)
  const over = Promise.resolve(work).then(
    () => true,
    () => true,
  )
  const isOver = await Promise.race([over, late])
  patience.abort()
  return isOver
}

/** Resolves when `signal` aborts, at once where it has. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Waits, or comes back early when `signal` aborts; answers whether it did not. */
export const rest = (ms: number, signal: AbortSignal): Promise<boolean> =>
  pause(ms, true, { signal }).catch(() => false)

/** Between attempts, in milliseconds. */
export const longestDelayMs = 10_000
