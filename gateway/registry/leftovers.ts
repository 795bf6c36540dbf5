// What dead nodes left in Redis, as one reaper sees it: listed and removed in scripts that are short enough for everyone else.
import { randomUUID } from 'node:crypto'
import type { SessionEntry } from '../delivery/ports.ts'
import { escapePart, toEntry } from './keys.ts'
import type { SessionRegistry } from './ports.ts'
import { type Leftovers, type ReapBounds, reapBounds, reapRound } from './reap.ts'
import type { Connection } from './redis.ts'

/** Entries listed in one script, and removed in one: a few milliseconds of Redis, during which it answers nobody else. */
const mostListed = 1_000
const mostRemoved = 200

const createLeftovers = (redis: Connection, base: string, claimMs: number): Leftovers<SessionEntry> => {
  const token = randomUUID()
  return {
    async next(graceMs, limit) {
      const size = Math.min(limit, mostListed)
      const rows = (await redis.run('overdue', base, [graceMs, size, token, claimMs])) as string[][]
      return rows.map(toEntry)
    },
    async remove(entries) {
      let removed = 0
      for (let from = 0; from < entries.length; from += mostRemoved) {
        const piece = entries.slice(from, from + mostRemoved)
        const args = piece.flatMap(({ session, generation }) => [escapePart(session), generation])
        removed += Number(await redis.run('unbind', base, args))
      }
      return removed
    },
    async keepClaim() {
      await redis.run('keepClaim', base, ['reaper', token, claimMs])
    },
    async yieldClaim() {
      await redis.run('yieldClaim', base, ['reaper', token])
    },
  }
}

/** `bounds` are for tests of what happens at them. */
export const createReaper =
  (redis: Connection, base: string, bounds: ReapBounds = reapBounds): SessionRegistry['reap'] =>
  (options) =>
    reapRound(createLeftovers(redis, base, bounds.claimMs), options, bounds)
