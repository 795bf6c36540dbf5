// What happens to credentials and origins at the door, a part of the events: log line and counter together.
import { capped, type Log, toText } from './log.ts'
import type { Metrics } from './metrics.ts'

/** Whether to log what strangers can cause as often as they like. */
function oncePerSecond(): () => boolean {
  let at = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - at < 1_000) return false
    at = performance.now()
    return true
  }
}

export function createCredentialEvents(log: Log, metrics: Metrics) {
  const greetingsLogged = oncePerSecond()
  const introspectionsLogged = oncePerSecond()
  /** API keys with a record that cannot be read. */
  const keysUnreadable = new Set<string>()
  return {
    originRefused: (origin: string, hint: string) => log.warn({ origin: capped(origin) }, capped(hint)),
    /** Whoever shows unknown tokens causes these, so a second has one line at most. */
    greetingFailed(failure: unknown) {
      metrics.greetingsFailed.inc()
      if (greetingsLogged()) log.warn({ failure: toText(failure) }, 'a credential could not be checked')
    },
    keysUnavailable: (issuer: string, failure: unknown) =>
      log.warn({ issuer, failure: toText(failure) }, 'the keys of an issuer cannot be fetched'),
    introspected: (outcome: string) => metrics.introspections.inc({ outcome }),
    introspectionFailed(server: string, failure: unknown) {
      if (introspectionsLogged())
        log.warn({ server, failure: toText(failure) }, 'a server cannot be asked about tokens')
    },
    apiKeyUnreadable(id: string) {
      if (keysUnreadable.has(id)) return
      keysUnreadable.add(id)
      log.warn(
        { key: capped(id) },
        'the record of an API key cannot be read, so the key is not good; shown once',
      )
    },
  }
}
