// Waiting that ends early when a run is over.
import { setTimeout as wait } from 'node:timers/promises'

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
