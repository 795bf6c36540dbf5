// The registry on Redis, put together.
import type { RedisConfig } from '../config/settings.ts'
import { createSharedHoldings } from './holdings.ts'
import { toBase } from './keys.ts'
import { createLeases } from './leases.ts'
import { createReaper } from './leftovers.ts'
import { createMembers } from './members.ts'
import type { Registry, RegistryUnavailable } from './ports.ts'
import { createSharedWindows } from './rates.ts'
import { connectRedis } from './redis.ts'
import { createBinding, createDirectory } from './sessions.ts'
import { createTickets } from './tickets.ts'

export type RegistryOptions = {
  readonly redis: RedisConfig
  readonly cluster: string
  readonly leaseTtlMs: number
  /** Slots are numbered from 0 to one less than this. */
  readonly slots: number
  /** Told once, with the reason, each time the registry goes away. */
  readonly onAway?: (reason: RegistryUnavailable) => void
}

/**
 * Connects and resolves once Redis answered, or after `redis.commandTimeout` with `available` false: it goes on trying,
 * and `onBack` tells.
 */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const redis = await connectRedis(options.redis, options.onAway)
  const base = toBase(options.redis.prefix, options.cluster)
  return {
    leases: createLeases(redis, base, options),
    sessions: {
      ...createDirectory(redis, base, options.leaseTtlMs),
      ...createBinding(redis, base),
      reap: createReaper(redis, base),
    },
    members: createMembers(redis, base, options.leaseTtlMs),
    windows: createSharedWindows(redis.client, base),
    holdings: createSharedHoldings(redis, base),
    tickets: createTickets(redis, base),
    get available() {
      return redis.available
    },
    onBack: redis.onBack,
    close: redis.close,
  }
}
