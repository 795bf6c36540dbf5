// Waiting for Kafka with an end: nothing of kafkajs's is awaited without one, as it may never settle while a broker is away.
import { setTimeout as wait } from 'node:timers/promises'
import { BrokerFailure, toFailure } from './failure.ts'

const firstPauseMs = 25
const longestPauseMs = 250

export const aborted = (): BrokerFailure => new BrokerFailure('not-sent', 'no longer wanted')

/** What `work` comes to, if it does within `ms` milliseconds and before `signal` aborts; else a `BrokerFailure`. */
export const within = async <T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> => {
  const end = Promise.withResolvers<never>()
  const onAbort = () => end.reject(aborted())
  const timer = setTimeout(() => end.reject(new BrokerFailure('unknown', 'Kafka did not answer')), ms)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)
  try {
    return await Promise.race([work, end.promise])
  } catch (failed) {
    throw toFailure(failed)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    end.promise.catch(() => undefined)
    work.catch(() => undefined)
  }
}

/** Ever longer pauses between tries; ends at once when `signal` aborts. */
export class Pauses {
  #next = firstPauseMs

  /** The next pause is a short one again. */
  reset(): void {
    this.#next = firstPauseMs
  }

  /** `most` in milliseconds. Never rejects. */
  async pause(signal?: AbortSignal, most = longestPauseMs): Promise<void> {
    const ms = Math.max(0, Math.min(this.#next, most))
    this.#next = Math.min(this.#next * 2, longestPauseMs)
    await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
  }
}

/** Trying again does not help, and a topic may only just have been created or not be known yet to a broker that starts. */
const isFinal = ({ kind }: BrokerFailure): boolean => kind === 'not-writable'

/** Tries again until `timeoutMs`; then rejects with the last failure. */
export const insist = async <T>(
  ask: () => Promise<T>,
  timeoutMs: number,
  gaveUp: (failure: BrokerFailure) => boolean = isFinal,
): Promise<T> => {
  const until = performance.now() + timeoutMs
  const left = () => Math.max(0, until - performance.now())
  const pauses = new Pauses()
  let last: BrokerFailure | undefined
  for (;;) {
    try {
      return await within(ask(), left())
    } catch (failed) {
      const failure = toFailure(failed)
      // A last try that had no time tells less than the one before.
      if (left() === 0) throw last ?? failure
      if (gaveUp(failure)) throw failure
      last = failure
      await pauses.pause(undefined, left())
    }
  }
}
