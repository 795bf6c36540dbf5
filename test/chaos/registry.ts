// Looks at the registry as any program may that follows REGISTRY.md: the sessions of every user.
import { Redis } from 'ioredis'
import { waitFor } from '../support/wait.ts'
import type { Fleet } from './fleet.ts'
import type { Entry, History } from './history.ts'

type Look = Extract<Entry, { e: 'registry' }>

/** Every entry there is, and the sessions that clients have at the moment. */
async function look(redis: Redis, cluster: string, fleet: Fleet): Promise<Look> {
  const base = `openclaw:{${cluster}}:user:`
  const entries: Look['entries'][number][] = []
  let cursor = '0'
  const seen = new Set<string>()
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${base}*`, 'COUNT', 500)
    for (const key of keys) {
      if (seen.has(key)) continue
      seen.add(key)
      const owner = decodeURIComponent(key.slice(base.length))
      for (const [session, value] of Object.entries(await redis.hgetall(key)))
        entries.push({ session: decodeURIComponent(session), owner, slot: Number(value.split(' ')[0]) })
    }
    cursor = next
  } while (cursor !== '0')
  const live = fleet.clients.flatMap((client, n) =>
    client.welcomed && client.session.id !== undefined ? [{ session: client.session.id, client: n }] : [],
  )
  return { e: 'registry', at: Date.now(), entries, live }
}

const isRight = ({ entries, live }: Look): boolean => {
  const found = new Set(entries.map(({ session }) => session))
  return entries.length === live.length && live.every(({ session }) => found.has(session))
}

/** Waits up to `timeoutMs` for the registry to agree with the clients; the last look goes into the history. */
export async function lookAtRegistry(
  url: string,
  cluster: string,
  fleet: Fleet,
  history: History,
  timeoutMs: number,
): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 3 })
  redis.on('error', () => undefined)
  let last: Look | undefined
  try {
    const agrees = async () => {
      last = await look(redis, cluster, fleet)
      return isRight(last)
    }
    await waitFor(agrees, { timeoutMs, everyMs: 500 })
  } catch {
    // What is wrong with it is for the check to say.
  } finally {
    redis.disconnect()
  }
  if (last) history.add(last)
}
