// What limits hold back, a part of the events: counted always, shown seldom, as whoever is held back may try as often as they like.
import { capped, type Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** Milliseconds between two lines about who is held back. */
const quietMs = 10_000

export function createLimitEvents(log: Log, metrics: Metrics) {
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    /** `limit` is one of few names, as `address.newConnections` or `route.chat`; `whose` an address, user or tenant that may not come. */
    limited(limit: string, whose?: string) {
      metrics.limited.inc({ limit })
      if (whose === undefined || performance.now() - shownAt < quietMs) return
      shownAt = performance.now()
      const hint = limit.startsWith('address.')
        ? '; if that is a proxy, name it in listen.trustedProxies'
        : ''
      log.warn({ limit, whose: capped(whose) }, `connections are held back${hint}`)
    },
    proxyRefused(reason: string, address: string) {
      metrics.proxyRefused.inc({ reason })
      log.debug({ reason, address }, 'connection dropped for what it began with')
    },
  }
}
