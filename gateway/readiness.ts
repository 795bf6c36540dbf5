// Whether this node can do its work, and if not, why: for load balancers, for people, and for each new handshake. Pure.
import type { Rejection } from './errors.ts'
import type { Readiness } from './server/admin.ts'

/** What is known at this moment. `canaryAgeMs`: since this node's own canary last came back. */
export type Health = {
  readonly started: boolean
  readonly draining: boolean
  /** Restarts of what makes no progress have not helped. */
  readonly stuck: boolean
  readonly slot: number | undefined
  readonly trouble: string
  readonly canaryAgeMs: number | undefined
  readonly graceMs: number
  readonly kafkaHealthy: boolean
  readonly registryAvailable: boolean
  /** Tables that cannot be relied on: revocations, keys. */
  readonly unread: readonly { readonly code: string; readonly message: string }[]
}

/** Redis away is a degradation; the rest makes the node unready. */
export function toReadiness(health: Health): Readiness {
  const reasons: { code: string; message: string }[] = []
  const no = (code: string, message: string): void => void reasons.push({ code, message })
  if (health.draining) no('draining', 'this node is shutting down')
  if (!health.started) no('starting', `this node has not started: ${health.trouble}`)
  else if (health.slot === undefined) no('no-slot', `this node holds no slot: ${health.trouble}`)
  else if (health.canaryAgeMs === undefined) no('no-canary', 'no record of our own has come back yet')
  else if (health.canaryAgeMs > health.graceMs) {
    no('canary-late', `no record of our own has come back for ${Math.round(health.canaryAgeMs / 1000)} s`)
  }
  if (health.stuck) no('stuck', 'this node does not hear itself through Kafka, and restarts have not helped')
  if (!health.kafkaHealthy) no('broker-unavailable', 'Kafka does not take records')
  for (const { code, message } of health.unread) no(code, message)
  const degraded = health.registryAvailable
    ? []
    : [
        {
          code: 'registry-unavailable',
          message: 'Redis is away: users cannot be looked up, replies still arrive',
        },
      ]
  return { ready: reasons.length === 0, reasons, degraded }
}

/** Why a handshake is not taken now; what passes by itself soon says so. */
export function toRejection(health: Health): Rejection | undefined {
  if (health.draining) return { code: 'draining', retryAfterS: 1 }
  if (!health.kafkaHealthy) return { code: 'broker-unavailable', retryAfterS: 2 }
  const isReady = health.slot !== undefined && health.started && health.unread.length === 0
  return isReady ? undefined : { code: 'not-ready', retryAfterS: 1 }
}
