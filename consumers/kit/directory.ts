// Where the sessions of a user are, read from the gateway's registry as schemas/REGISTRY.md describes it.

/** As much of a Redis client as is needed: an ioredis is one. */
export type RedisReader = {
  hgetall(key: string): Promise<Record<string, string>>
  get(key: string): Promise<string | null>
  smembers(key: string): Promise<readonly string[]>
  time(): Promise<readonly (string | number)[]>
}

export type DirectoryOptions = {
  readonly redis: RedisReader
  /** As the gateway's `redis.prefix` and `cluster`. */
  readonly prefix?: string
  readonly cluster?: string
  /** As the gateway's `delivery.leaseTtl`, in milliseconds. Default 10 s. */
  readonly leaseTtlMs?: number
}

export type Found = { readonly session: string; readonly slot: number }

export type Directory = {
  /**
   * Every session of the user with its slot; undefined where that cannot be told for sure: there is none, one of them is
   * not live, nodes are still entering theirs after a wipe, or Redis does not answer. Never rejects.
   */
  ofUser(tenant: string, user: string): Promise<readonly Found[] | undefined>
  ofSession(session: string): Promise<readonly Found[] | undefined>
}

export function createDirectory(options: DirectoryOptions): Directory {
  const { redis, prefix = 'openclaw', cluster = 'main', leaseTtlMs = 10_000 } = options
  const base = `${prefix}:{${cluster}}:`

  /** The leases at this moment; `complete`: no session is missing. */
  const look = async () => {
    const [slots, unregistered, [seconds = 0, micros = 0]] = await Promise.all([
      redis.hgetall(`${base}slots`),
      redis.smembers(`${base}unregistered`),
      redis.time(),
    ])
    const now = Number(seconds) * 1_000 + Number(micros) / 1_000
    const leaseOf = (slot: number | string) => {
      const [epoch = Number.NaN, ends = Number.NaN] = (slots[slot] ?? '').split(' ').map(Number)
      return { epoch, isLive: ends > now }
    }
    const isOld = now - Number(slots['birth']) >= leaseTtlMs
    return { leaseOf, complete: isOld && unregistered.every((slot) => !leaseOf(slot).isLive) }
  }
  type Seen = Awaited<ReturnType<typeof look>>
  const allLive = (entries: readonly (readonly [string, string])[], { leaseOf }: Seen) => {
    const found = entries.flatMap(([session, value]) => {
      const [slot = -1, epoch = -1] = value.split(' ').map(Number)
      const lease = leaseOf(slot)
      return lease.isLive && lease.epoch <= epoch ? [{ session, slot }] : []
    })
    return found.length > 0 && found.length === entries.length ? found : undefined
  }
  return {
    async ofUser(tenant, user) {
      try {
        const key = `${base}user:${encodeURIComponent(tenant)}/${encodeURIComponent(user)}`
        const [entries, seen] = await Promise.all([redis.hgetall(key), look()])
        return seen.complete ? allLive(Object.entries(entries), seen) : undefined
      } catch {
        return undefined
      }
    },
    async ofSession(session) {
      try {
        const key = `${base}session:${encodeURIComponent(session)}`
        const [value, seen] = await Promise.all([redis.get(key), look()])
        return value === null ? undefined : allLive([[session, value]], seen)
      } catch {
        return undefined
      }
    },
  }
}
