// The one connection to Redis: runs scripts within a deadline, reconnects by itself, and says when Redis went and came back.
import { ReplyError } from 'ioredis'
import type { RedisConfig } from '../config/settings.ts'
import { type Client, createClient } from './client.ts'
import { toFailure } from './failure.ts'
import type { RegistryUnavailable } from './ports.ts'
import { type ScriptName, scripts } from './scripts.ts'

/** Commands without an answer at a time; one more is refused at once. Above the default number of connections of a node. */
const maxPending = 20_000

export type Connection = {
  /** Runs one script over the keys of `base`. Rejects with RegistryUnavailable, never later than the command timeout. */
  readonly run: (script: ScriptName, base: string, args: readonly (string | number)[]) => Promise<unknown>
  /** For what brings its own scripts. */
  readonly client: Client
  readonly available: boolean
  readonly onBack: (listener: () => void) => () => void
  readonly close: () => Promise<void>
}

const toCommand = (script: string): string => `registry:${script}`

type RunScript = (base: string, ...args: (string | number)[]) => Promise<unknown>

/**
 * Connects, and resolves when Redis answered or `commandTimeout` has passed, whichever is first; it goes on trying by
 * itself. `onAway` is told the reason once each time Redis goes away, and where it is not there to begin with.
 */
export async function connectRedis(
  config: RedisConfig,
  onAway: (reason: RegistryUnavailable) => void = () => {},
): Promise<Connection> {
  const listeners = new Set<() => void>()
  let available = false
  let closed = false
  let pending = 0

  const redis = createClient(
    config,
    Object.fromEntries(
      Object.entries(scripts).map(([name, lua]) => [toCommand(name), { lua, numberOfKeys: 1 }]),
    ),
  )
  const commands = redis as unknown as Record<string, RunScript | undefined>

  let reason: unknown = 'no connection yet'
  const away = (): void => {
    if (!available || closed) return
    available = false
    onAway(toFailure(reason))
  }
  const back = (): void => {
    if (available || closed) return
    available = true
    for (const listener of listeners) listener()
  }
  redis.on('error', (error) => {
    reason = error
  })
  redis.on('close', away)
  redis.on('ready', () => {
    reason = 'connection closed'
    back()
  })

  const run: Connection['run'] = async (script, base, args) => {
    if (redis.status !== 'ready') throw toFailure(reason)
    if (pending >= maxPending) throw toFailure(`${maxPending} commands wait for an answer`)
    pending += 1
    try {
      const answer = await commands[toCommand(script)]?.(base, ...args)
      back()
      return answer
    } catch (error) {
      // Redis refusing one command is an answer; anything else is none.
      if (!(error instanceof ReplyError)) {
        reason = error
        away()
      }
      throw toFailure(error)
    } finally {
      pending -= 1
    }
  }

  await firstAnswer(redis, config.commandTimeout)
  // A login that is refused would else never be told: what was not there cannot go away.
  if (redis.status !== 'ready') onAway(toFailure(reason))
  return {
    run,
    client: redis,
    get available() {
      return available
    },
    onBack(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closed = true
      available = false
      listeners.clear()
      redis.disconnect()
    },
  }
}

const firstAnswer = (redis: Client, timeoutMs: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      redis.off('ready', done)
      resolve()
    }
    const timer = setTimeout(done, timeoutMs)
    redis.once('ready', done)
  })
