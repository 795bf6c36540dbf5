// Session entries in Redis: entered, found and removed, each in one round trip.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FoundSession, Resolved, SessionDirectory } from '../delivery/ports.ts'
import { escapePart, toEntry, toOwner, toWords } from './keys.ts'
import type { SessionRegistry } from './ports.ts'
import type { Connection } from './redis.ts'

/** Entries in one script: under 2 ms of Redis, during which it answers nobody else. */
const chunk = 200

type Answer<T> = readonly [complete: number, found: readonly T[]]

const toFound = (row: readonly (string | number)[]): FoundSession => ({
  ...toEntry(row.map(String)),
  live: row[5] === 1,
  detachedMs: Number(row[6]),
})

export const createDirectory = (redis: Connection, base: string, leaseTtlMs: number): SessionDirectory => {
  const ask = async <T>(script: 'ofUser' | 'ofSession' | 'liveSlots', ...args: string[]) => {
    const [complete, found] = (await redis.run(script, base, [leaseTtlMs, ...args])) as Answer<T>
    return { found, complete: complete === 1 } satisfies Resolved<readonly T[]>
  }
  return {
    async ofUser(tenant, user) {
      const { found, complete } = await ask<string[]>('ofUser', toOwner(tenant, user))
      return { found: found.map(toFound), complete }
    },
    async ofSession(session) {
      const { found, complete } = await ask<string[]>('ofSession', escapePart(session))
      return { found: found[0] && toFound(found[0]), complete }
    },
    async liveSlots() {
      const { found, complete } = await ask<string>('liveSlots')
      return { found: found.map(Number), complete }
    },
  }
}

export const createBinding = (
  redis: Connection,
  base: string,
): Pick<SessionRegistry, 'bind' | 'bindAll' | 'unbind'> => ({
  async bind(entry, most) {
    const evicted = (await redis.run('bind', base, [most ?? '', ...toWords(entry)])) as string[][]
    return evicted.map(toEntry)
  },
  async bindAll(entries) {
    for (let from = 0; from < entries.length; from += chunk) {
      await redis.run('bind', base, ['', ...entries.slice(from, from + chunk).flatMap(toWords)])
      await nextTurn()
    }
  },
  async unbind({ session, generation }) {
    await redis.run('unbind', base, [escapePart(session), generation])
  },
})
