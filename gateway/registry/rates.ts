// Windows that all nodes count in, in Redis; without Redis each node counts for itself.
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Rate } from '../config/units.ts'
import type { SharedWindows } from '../limits/ports.ts'
import type { Connection } from './redis.ts'

type Client = Connection['client']

/** Counters that one limit has in memory while Redis is away; keys beyond that share them. */
const memoryCounters = 65_536

/** As many counters as there are numbers, whoever comes: the memory of an attack from everywhere is bounded. */
class Insurance extends RateLimiterMemory {
  readonly #seed = Math.floor(Math.random() * 2 ** 31)

  override consume(key: string | number, points?: number) {
    return super.consume(this.#counterOf(String(key)), points)
  }

  #counterOf(key: string): number {
    let hash = this.#seed
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
    return (hash >>> 0) % memoryCounters
  }
}

/** `base` begins each key. Windows are of whole seconds and begin with what is counted first. */
export function createSharedWindows(client: Client, base: string): SharedWindows {
  const limiters = new Map<string, RateLimiterRedis>()
  const limiterOf = (name: string, { count, windowMs }: Rate): RateLimiterRedis => {
    const id = `${name} ${count} ${windowMs}`
    const found = limiters.get(id)
    if (found !== undefined) return found
    const options = { points: count, duration: windowMs / 1_000, keyPrefix: `${base}rate:${name}` }
    const limiter = new RateLimiterRedis({
      ...options,
      storeClient: client,
      rejectIfRedisNotReady: true,
      // Whoever is over costs no more questions until the window ends.
      inMemoryBlockOnConsumed: count + 1,
      insuranceLimiter: new Insurance(options),
    })
    limiters.set(id, limiter)
    return limiter
  }
  return {
    async add(name, key, rate, by) {
      try {
        const { consumedPoints, msBeforeNext } = await limiterOf(name, rate).consume(key, by)
        return { count: consumedPoints, leftMs: Math.max(0, msBeforeNext) }
      } catch (over) {
        if (!(over instanceof RateLimiterRes)) throw over
        // One who is known to be over is not counted any more.
        return {
          count: Math.max(over.consumedPoints, rate.count + by),
          leftMs: Math.max(0, over.msBeforeNext),
        }
      }
    },
  }
}
