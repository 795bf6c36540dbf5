// Starters of the Kafka and the Redis that tests run against.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Kafka } from '../../cli/stack/kafka.ts'
import { type KafkaOptions, startKafka } from '../../cli/stack/kafka.ts'
import { freePorts } from '../../cli/stack/ports.ts'
import type { Redis } from '../../cli/stack/redis.ts'
import { startRedis } from '../../cli/stack/redis.ts'
import { onEnd } from './cleanup.ts'

export type TestStack = {
  readonly brokers: readonly string[]
  readonly redisUrl: string
}

let shared: Promise<TestStack> | undefined

/**
 * The Kafka and the Redis that all tests share: those of the runner (OPENCLAW_TEST_KAFKA, OPENCLAW_TEST_REDIS), else a
 * pair for this process that ends with it. Never stop, freeze or wipe these; `ownStack` is for that.
 */
export function testStack(): Promise<TestStack> {
  shared ??= givenStack() ?? processStack()
  return shared
}

function givenStack(): Promise<TestStack> | undefined {
  const { OPENCLAW_TEST_KAFKA: brokers, OPENCLAW_TEST_REDIS: redisUrl } = process.env
  if (!brokers || !redisUrl) return undefined
  return Promise.resolve({ brokers: brokers.split(','), redisUrl })
}

async function processStack(): Promise<TestStack> {
  const folder = temporaryFolder()
  // At exit nothing can be awaited any more.
  const servers: (Kafka | Redis)[] = []
  process.once('exit', () => {
    for (const server of servers) server.signal('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  const [kafka, redis] = await Promise.all([kafkaIn(folder), redisIn(folder, false)])
  servers.push(kafka, redis)
  return { brokers: kafka.brokers, redisUrl: redis.url }
}

export type OwnStack = TestStack & {
  /** Each with `kill()`, `stop()`, `start()`, `restart()`, `signal('SIGSTOP' | 'SIGCONT')` and `pid`. */
  readonly kafka: Kafka
  readonly redis: Redis
}

/** A Kafka and a Redis for one test that does them harm. They end, and their data goes, with `t`. */
export async function ownStack(t: TestContext): Promise<OwnStack> {
  const [kafka, redis] = await Promise.all([ownKafka(t), ownRedis(t)])
  return { kafka, redis, brokers: kafka.brokers, redisUrl: redis.url }
}

/** A Kafka for one test that does it harm. */
export async function ownKafka(t: TestContext, options: Partial<KafkaOptions> = {}): Promise<Kafka> {
  const folder = temporaryFolder()
  return endWith(
    t,
    folder,
    await kafkaIn(folder, options).catch((error: unknown) => removeAndThrow(folder, error)),
  )
}

/** A Redis for one test that does it harm. It forgets everything when it is killed, unless it is `persistent`. */
export async function ownRedis(t: TestContext, options: { persistent?: boolean } = {}): Promise<Redis> {
  const folder = temporaryFolder()
  const starting = redisIn(folder, options.persistent ?? false)
  return endWith(t, folder, await starting.catch((error: unknown) => removeAndThrow(folder, error)))
}

function endWith<T extends Kafka | Redis>(t: TestContext, folder: string, server: T): T {
  onEnd(t, async () => {
    await server.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  return server
}

function removeAndThrow(folder: string, error: unknown): never {
  rmSync(folder, { recursive: true, force: true })
  throw error
}

async function kafkaIn(folder: string, options: Partial<KafkaOptions> = {}): Promise<Kafka> {
  const [port = 0, controllerPort = 0] = await freePorts(2)
  return startKafka({
    port,
    controllerPort,
    dataDir: join(folder, 'kafka'),
    logFile: join(folder, 'kafka.log'),
    ...options,
  })
}

async function redisIn(folder: string, persistent: boolean): Promise<Redis> {
  const [port = 0] = await freePorts(1)
  return startRedis({ port, dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log'), persistent })
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'openclaw-test-'))
}
