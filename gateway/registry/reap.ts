// Removes what dead nodes left behind: lists it, has it reported, then removes it; one reaper at a time.
import { randomUUID } from 'node:crypto'
import { escapePart, toEntry } from './keys.ts'
import type { SessionRegistry } from './ports.ts'
import type { Connection } from './redis.ts'

/** Entries in one script. */
const chunk = 200

/** How long a reaper has for one chunk before another may begin. A late one repeats reports and removes nothing wrongly. */
const claimMs = 30_000

export const createReaper =
  (redis: Connection, base: string): SessionRegistry['reap'] =>
  async ({ graceMs, limit, report }) => {
    const token = randomUUID()
    let removed = 0
    let seen = 0
    try {
      while (seen < limit) {
        const size = Math.min(chunk, limit - seen)
        const rows = (await redis.run('overdue', base, [graceMs, size, token, claimMs])) as string[][]
        if (rows.length === 0) break
        seen += rows.length
        const entries = rows.map(toEntry)
        await report(entries)
        const args = entries.flatMap(({ session, generation }) => [escapePart(session), generation])
        removed += Number(await redis.run('unbind', base, args))
        if (rows.length < size) break
      }
      return removed
    } finally {
      // Also after a failure; if this one fails too, the claim ends by itself.
      await redis.run('yieldReaper', base, [token]).catch(() => {})
    }
  }
