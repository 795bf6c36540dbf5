// The numbers that a schema registry gave to subjects: asked for in the background, so that nothing on the way of a frame ever waits for one.
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'

export type Numbers = {
  /** The number of the newest schema of a subject; undefined while it is not known. Never waits. */
  of(subject: string): number | undefined
  /** Begins to ask for these subjects, again and again until `stop`. */
  start(subjects: readonly string[]): void
  stop(): void
}

export type NumbersOptions = {
  /** May hold user and password. */
  readonly url: string
  /** Milliseconds for one answer. */
  readonly timeout: number
  /** Milliseconds until a number that is known is asked for again. */
  readonly refresh: number
  /** Told once, until it works again. */
  onFailure(subject: string, failure: unknown): void
}

const firstWaitMs = 250
const longestWaitMs = 10_000

const connect = (url: string): SchemaRegistry => {
  const { username, password, origin, pathname } = new URL(url)
  const host = `${origin}${pathname.replace(/\/$/, '')}`
  const auth = { username: decodeURIComponent(username), password: decodeURIComponent(password) }
  // It is asked again here, at a pace of our own.
  return new SchemaRegistry({ host, retry: { retries: 0 }, ...(username === '' ? {} : { auth }) })
}

export function createNumbers({ url, timeout, refresh, onFailure }: NumbersOptions): Numbers {
  const registry = connect(url)
  const known = new Map<string, number>()
  const timers = new Map<string, NodeJS.Timeout>()
  let stopped = false

  const within = async <T>(answer: Promise<T>): Promise<T> => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(late.reject, timeout, new Error(`no answer within ${timeout} ms`))
    try {
      return await Promise.race([answer, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  const later = (subject: string, ms: number, waitMs: number, isFailing: boolean): void => {
    if (!stopped)
      timers.set(
        subject,
        setTimeout(() => void ask(subject, waitMs, isFailing), ms),
      )
  }

  const ask = async (subject: string, waitMs: number, wasFailing: boolean): Promise<void> => {
    try {
      known.set(subject, await within(registry.getLatestSchemaId(subject)))
      later(subject, refresh, firstWaitMs, false)
    } catch (failure) {
      if (!wasFailing && !stopped) onFailure(subject, failure)
      // What was known stays good: numbers are never given anew.
      later(subject, waitMs, Math.min(waitMs * 2, longestWaitMs), true)
    }
  }

  return {
    of: (subject) => known.get(subject),
    start(subjects) {
      for (const subject of new Set(subjects)) void ask(subject, firstWaitMs, false)
    },
    stop() {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
