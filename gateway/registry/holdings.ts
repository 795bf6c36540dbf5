// How many connections of one address, user or tenant each node has, in Redis: one script for each change.
import type { SharedHoldings } from '../limits/ports.ts'
import type { Connection } from './redis.ts'

/** Milliseconds that a count lives which nobody says again: every node says all of its counts more often than that. */
export const holdingTtlMs = 3 * 3_600_000

export const createSharedHoldings = (redis: Connection, base: string): SharedHoldings => ({
  set: async (key, mine, { slot, epoch }) =>
    Number(await redis.run('setHolding', base, [key, slot, epoch, mine, holdingTtlMs])),
})
