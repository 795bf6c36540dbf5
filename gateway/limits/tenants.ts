// Quotas of tenants: each node holds to them at once, and all nodes together over a longer time.
import type { Config } from '../config/settings.ts'
import type { Rate } from '../config/units.ts'
import { Bucket, type Limit } from './bucket.ts'
import type { Lane } from './lanes.ts'
import { SharedRate, type SharedRateOptions } from './shared-rate.ts'

type Deps = Pick<SharedRateOptions, 'windows' | 'now' | 'after'>

export type TenantLimits = {
  /** Undefined where nothing is limited. */
  lane(tenant: string): Lane | undefined
  connections(tenant: string): number | undefined
  messages(tenant: string): Rate | undefined
}

const second = (count: number | undefined): Rate | undefined =>
  count === undefined ? undefined : { count, windowMs: 1_000 }

/** As many are kept as have quotas in the settings. */
export function tenantLimits(config: Config['tenants'], deps: Deps): TenantLimits {
  const lanes = new Map<string, Lane>()
  // Names come with credentials; `constructor` may be one.
  const quotasOf = (tenant: string) => (Object.hasOwn(config, tenant) ? config[tenant]?.quotas : undefined)
  const limitsOf = (what: string, key: string, rate: Rate | undefined): Limit[] => {
    if (rate === undefined) return []
    const name = `tenant.${what}`
    return [new Bucket(name, rate, deps.now()), new SharedRate({ ...deps, name, key, rate })]
  }
  return {
    lane(tenant) {
      const { messagesPerSecond, bytesPerSecond } = quotasOf(tenant) ?? {}
      if (messagesPerSecond === undefined && bytesPerSecond === undefined) return undefined
      const key = encodeURIComponent(tenant.toWellFormed())
      const lane = lanes.get(tenant) ?? {
        messages: limitsOf('messages', key, second(messagesPerSecond)),
        bytes: limitsOf('bytes', key, second(bytesPerSecond)),
      }
      lanes.set(tenant, lane)
      return lane
    },
    connections: (tenant) => quotasOf(tenant)?.connections,
    messages: (tenant) => second(quotasOf(tenant)?.messagesPerSecond),
  }
}
