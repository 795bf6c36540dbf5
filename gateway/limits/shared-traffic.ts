// The buckets that connections share: of the node, of each user and of each tenant with quotas, kept while a connection has them.
import type { Rate } from '../config/units.ts'
import type { Principal } from '../session/principal.ts'
import { Bucket, type Limit } from './bucket.ts'
import { type FlowRates, type Lane, lanesOf } from './lanes.ts'

/** What a connection has in common with others of its user. */
export type Shared = {
  readonly key: string
  readonly in: Lane
  readonly out: Lane
  /** The bucket of this user on a route; undefined where the route has no rate. */
  routes(name: string): Limit | undefined
  connections: number
}

export type SharedRates = {
  readonly node: FlowRates
  readonly principal: FlowRates
  readonly routes: ReadonlyMap<string, Rate>
  /** Limits of a tenant as a whole; undefined where it has none. */
  readonly tenant: (name: string) => Lane | undefined
}

export type SharedTraffic = {
  readonly now: () => number
  readonly onLimited: (name: string) => void
  readonly node: { readonly in: Lane; readonly out: Lane }
  /** Whether what is written to a user is limited. */
  readonly pacesUsers: boolean
  enter(principal: Principal): Shared
  leave(shared: Shared): void
  /** Users that have a connection here. */
  readonly size: number
}

/** Users without a connection whose buckets are kept, so that coming back does not fill them. */
const mostIdle = 10_000

/** An anonymous principal shares with nobody but its tenant. */
export function createSharedTraffic(
  rates: SharedRates,
  now: () => number,
  onLimited: (name: string) => void,
): SharedTraffic {
  const users = new Map<string, Shared>()
  const idle = new Map<string, Shared>()

  const create = (key: string, { tenant }: Principal): Shared => {
    const own = lanesOf('principal', rates.principal, now())
    const quota = rates.tenant(tenant)
    const routes = new Map<string, Bucket>()
    return {
      key,
      in: {
        messages: [...own.in.messages, ...(quota?.messages ?? [])],
        bytes: [...own.in.bytes, ...(quota?.bytes ?? [])],
      },
      out: own.out,
      connections: 0,
      routes(name) {
        const rate = rates.routes.get(name)
        if (rate === undefined) return undefined
        const bucket = routes.get(name) ?? new Bucket(`route.${name}`, rate, now())
        routes.set(name, bucket)
        return bucket
      },
    }
  }

  return {
    now,
    onLimited,
    node: lanesOf('node', rates.node, now()),
    pacesUsers: rates.principal.messagesOut !== undefined || rates.principal.bytesOut !== undefined,
    enter(principal) {
      const { tenant, user } = principal
      if (user === undefined) return create('', principal)
      const key = JSON.stringify([tenant, user])
      const shared = users.get(key) ?? idle.get(key) ?? create(key, principal)
      idle.delete(key)
      users.set(key, shared)
      shared.connections++
      return shared
    },
    leave(shared) {
      shared.connections--
      if (shared.connections > 0 || !users.delete(shared.key)) return
      idle.set(shared.key, shared)
      for (const [oldest] of idle) {
        if (idle.size <= mostIdle) break
        idle.delete(oldest)
      }
    },
    get size() {
      return users.size
    },
  }
}
