// The stack without containers: a Kafka and a Redis, ours or given ones, started side by side and stopped in reverse.
import { join, resolve } from 'node:path'
import { StackFailure } from './failure.ts'
import type { Kafka } from './kafka.ts'
import { startKafka } from './kafka.ts'
import { accepts } from './ports.ts'
import type { OnProgress } from './progress.ts'
import type { Redis } from './redis.ts'
import { startRedis } from './redis.ts'

export type StackOptions = {
  readonly kafkaPort: number
  readonly redisPort: number
  /** Holds the data and the logs of both. */
  readonly dataDir: string
  /** True: both keep their data for the next start (a Kafka always does within its folder). */
  readonly persistent: boolean
  /** `host:port` of a Kafka that runs already; ours is not started then. */
  readonly brokers?: readonly string[] | undefined
  /** URL of a Redis that runs already; ours is not started then. */
  readonly redisUrl?: string | undefined
  readonly javaOpts?: readonly string[] | undefined
  /** Names in sentences about ports that are taken; those of the development stack by default. */
  readonly portVariables?: { readonly kafka?: string; readonly redis?: string }
  readonly keepClasses?: boolean | undefined
  /** Ends the start, not what runs. */
  readonly signal?: AbortSignal | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly onProgress?: OnProgress | undefined
  /** Told when one of them ends without having been asked to. */
  readonly onCrash?: ((failure: StackFailure) => void) | undefined
}

export type Stack = {
  readonly brokers: readonly string[]
  readonly redisUrl: string
  /** Undefined where a given one is used. */
  readonly kafka: Kafka | undefined
  readonly redis: Redis | undefined
  /** Stops what we started; the data stays. */
  stop(): Promise<void>
}

/**
 * Starts what is not given and comes back when both serve. When one fails the other is stopped again and the
 * StackFailure of the first is thrown.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const tell: OnProgress = options.onProgress ?? (() => {})
  const giveUp = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, giveUp.signal]) : giveUp.signal
  const failures: unknown[] = []
  const orNothing = async <T>(starting: Promise<T>): Promise<T | undefined> => {
    try {
      return await starting
    } catch (error) {
      failures.push(error)
      giveUp.abort()
      return undefined
    }
  }
  const [kafka, redis] = await Promise.all([
    orNothing(options.brokers ? requireBroker(options.brokers) : kafkaOf(options, signal, tell)),
    orNothing(options.redisUrl ? requireRedis(options.redisUrl) : redisOf(options, signal, tell)),
  ])
  const stop = async () => {
    if (redis) await stopping('redis', redis, tell)
    if (kafka) await stopping('kafka', kafka, tell)
  }
  if (failures.length > 0) {
    await stop()
    throw failures[0]
  }
  return {
    brokers: options.brokers ?? kafka?.brokers ?? [],
    redisUrl: options.redisUrl ?? redis?.url ?? '',
    kafka: kafka ?? undefined,
    redis: redis ?? undefined,
    stop,
  }
}

async function kafkaOf(options: StackOptions, signal: AbortSignal, tell: OnProgress): Promise<Kafka> {
  const since = performance.now()
  tell({ part: 'kafka', state: 'starting' })
  const kafka = await startKafka({
    port: options.kafkaPort,
    dataDir: join(resolve(options.dataDir), 'kafka'),
    logFile: join(resolve(options.dataDir), 'kafka.log'),
    portVariable: options.portVariables ? options.portVariables.kafka : 'OPENCLAW_KAFKA_PORT',
    javaOpts: options.javaOpts,
    keepClasses: options.keepClasses,
    env: options.env,
    signal,
    onJars: (done, total) => tell({ part: 'jars', state: 'downloading', done, total }),
    onJarsEnded: () => tell({ part: 'jars', state: 'ended' }),
    onCrash: options.onCrash,
  })
  tell({ part: 'kafka', state: 'ready', ms: performance.now() - since, at: kafka.brokers.join(',') })
  return kafka
}

async function redisOf(options: StackOptions, signal: AbortSignal, tell: OnProgress): Promise<Redis> {
  const since = performance.now()
  tell({ part: 'redis', state: 'starting' })
  const redis = await startRedis({
    port: options.redisPort,
    dataDir: join(resolve(options.dataDir), 'redis'),
    logFile: join(resolve(options.dataDir), 'redis.log'),
    persistent: options.persistent,
    portVariable: options.portVariables ? options.portVariables.redis : 'OPENCLAW_REDIS_PORT',
    env: options.env,
    signal,
    onJars: (done, total) => tell({ part: 'jars', state: 'downloading', done, total }),
    onJarsEnded: () => tell({ part: 'jars', state: 'ended' }),
    onCrash: options.onCrash,
  })
  tell({ part: 'redis', state: 'ready', ms: performance.now() - since, at: redis.url })
  return redis
}

async function stopping(part: 'kafka' | 'redis', server: Kafka | Redis, tell: OnProgress): Promise<void> {
  const since = performance.now()
  tell({ part, state: 'stopping' })
  await server.stop()
  tell({ part, state: 'stopped', ms: performance.now() - since })
}

async function requireBroker(brokers: readonly string[]): Promise<undefined> {
  for (const broker of brokers) {
    const at = broker.lastIndexOf(':')
    if (await accepts(broker.slice(0, at), Number(broker.slice(at + 1)), 5_000)) return undefined
  }
  throw new StackFailure(
    `Nothing answers at ${brokers.join(', ')}, given by OPENCLAW_KAFKA_BROKERS. Correct it, or unset it to have a Kafka started here.`,
  )
}

async function requireRedis(url: string): Promise<undefined> {
  const { hostname, port } = new URL(url)
  if (await accepts(hostname.replace(/^\[|\]$/g, ''), Number(port || 6379), 5_000)) return undefined
  // Not the URL itself: it may hold a password.
  throw new StackFailure(
    `Nothing answers at ${hostname}:${port || 6379}, given by OPENCLAW_REDIS_URL. Correct it, or unset it to have a Redis started here.`,
  )
}
