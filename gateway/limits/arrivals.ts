// Whether an address, a user or a tenant may have one more connection: how often, and how many at a time.
import type { Rate } from '../config/units.ts'
import type { Rejection } from '../errors.ts'
import type { Principal } from '../session/principal.ts'
import { countedAddress } from './address.ts'
import type { Holdings } from './holdings.ts'
import type { SharedWindows } from './ports.ts'

/** Absent: not limited. */
export type ArrivalLimits = {
  readonly newConnections?: Rate | undefined
  readonly connections?: number | undefined
}

export type ArrivalDeps = {
  readonly address: ArrivalLimits
  readonly principal: ArrivalLimits
  /** Connections of a tenant at a time. */
  readonly ofTenant: (tenant: string) => number | undefined
  readonly isUncounted: (address: string) => boolean
  readonly windows: SharedWindows
  readonly holdings: Holdings
  /** `key` says whose limit it is, escaped. */
  readonly onLimited: (name: string, key: string) => void
}

/** The life of what comes: a socket, or a connection. */
export type Lifetime = {
  /** Counts once for each limit, however often it asks. */
  readonly of: object
  /** Whether it is over already. */
  readonly ended: boolean
  /** Called back once at the end. */
  onEnd(then: () => void): void
}

/** Undefined, at once, where nothing is limited; otherwise the answer comes later: undefined for yes. */
type Answer = Promise<Rejection | undefined> | undefined

export type Arrivals = {
  ofAddress(address: string, life: Lifetime): Answer
  ofPrincipal(principal: Principal, life: Lifetime): Answer
}

/** Seconds until one that has too many connections may ask again. */
const askAgainS = 5

export function createArrivals(deps: ArrivalDeps): Arrivals {
  const counted = new WeakMap<object, Set<string>>()

  const tooOften = async (name: string, key: string, rate: Rate): Promise<Rejection | undefined> => {
    const { count, leftMs } = await deps.windows.add(name, key, rate, 1)
    if (count <= rate.count) return undefined
    deps.onLimited(name, key)
    return { code: 'rate-limited', retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)) }
  }

  const tooMany = async (
    name: string,
    key: string,
    most: number,
    life: Lifetime,
  ): Promise<Rejection | undefined> => {
    const held = `${name}:${key}`
    const before = counted.get(life.of) ?? new Set()
    if (before.has(held)) return undefined
    counted.set(life.of, before.add(held))
    if (!(await deps.holdings.enter(held, most))) {
      before.delete(held)
      deps.onLimited(name, key)
      return { code: 'rate-limited', retryAfterS: askAgainS }
    }
    if (life.ended) deps.holdings.leave(held)
    else life.onEnd(() => deps.holdings.leave(held))
    return undefined
  }

  const check = (whose: string, key: string, limits: ArrivalLimits, life: Lifetime): Answer => {
    const { newConnections, connections } = limits
    if (newConnections === undefined && connections === undefined) return undefined
    return (async () => {
      const often = newConnections && (await tooOften(`${whose}.newConnections`, key, newConnections))
      if (often !== undefined || connections === undefined) return often
      return tooMany(`${whose}.connections`, key, connections, life)
    })()
  }

  return {
    ofAddress(address, life) {
      if (deps.isUncounted(address)) return undefined
      return check('address', countedAddress(address), deps.address, life)
    },
    ofPrincipal({ tenant, user }, life) {
      const own =
        user === undefined
          ? undefined
          : check('principal', `${part(tenant)}/${part(user)}`, deps.principal, life)
      const most = deps.ofTenant(tenant)
      if (most === undefined) return own
      const key = part(tenant)
      return (async () => (await own) ?? tooMany('tenant.connections', key, most, life))()
    },
  }
}

/** Any text as a part of a key. */
const part = (text: string): string => encodeURIComponent(text.toWellFormed())
