// Tickets in Redis: kept under their hash until they are used or too old.
import type { Tickets } from '../admission/ports.ts'
import type { Connection } from './redis.ts'

export const createTickets = (redis: Connection, base: string): Tickets => ({
  async put(hash, value, ttlMs) {
    await redis.run('putTicket', base, [hash, value, ttlMs])
  },
  take: async (hash) => ((await redis.run('takeTicket', base, [hash])) as string | null) ?? undefined,
  look: async (hash) => ((await redis.run('lookTicket', base, [hash])) as string | null) ?? undefined,
})
