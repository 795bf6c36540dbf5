// Starts a real Redis (or Valkey) of the machine, or the one that comes through Maven.
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { cacheDirOf, fetchJars } from './jars.ts'
import type { OnJars } from './maven.ts'
import { requireFreePort } from './ports.ts'
import { redisServes } from './probe.ts'
import { findRedis } from './redis-binary.ts'
import type { ServerPlan } from './server-process.ts'
import { ServerProcess } from './server-process.ts'

export type RedisOptions = {
  readonly port: number
  readonly dataDir: string
  readonly logFile: string
  /** True: what is in it survives stops and crashes. False: a restart begins empty. */
  readonly persistent: boolean
  /** A file of settings, which it may write to. */
  readonly file?: string | undefined
  /** Words of its command line over ours. */
  readonly settings?: readonly string[] | undefined
  /** Named when the port is taken. */
  readonly portVariable?: string | undefined
  /** Ends the start, not the running server. */
  readonly signal?: AbortSignal | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly onJars?: OnJars | undefined
  readonly onJarsEnded?: (() => void) | undefined
  readonly onCrash?: ServerPlan['onCrash']
}

/** A Redis that we started. `restart()` keeps its port, and its data if it is persistent. */
export class Redis extends ServerProcess {
  readonly url: string

  constructor(plan: ServerPlan, port: number) {
    super(plan)
    this.url = `redis://127.0.0.1:${port}`
  }
}

/** Starts Redis and comes back when it serves. Throws a StackFailure that says what to do when it cannot. */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const env = options.env ?? process.env
  const { port, signal, onJars, onJarsEnded } = options
  await requireFreePort(port, 'Redis', options.portVariable)
  const fetch = () => fetchJars({ cacheDir: cacheDirOf(env), env, signal, onJars, onJarsEnded })
  const command = await findRedis(env, fetch, signal)
  const folder = resolve(options.dataDir)
  await mkdir(folder, { recursive: true })
  const redis = new Redis(
    {
      name: 'Redis',
      command,
      args: () => {
        const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
        const kept = ['--save', '', '--appendonly', options.persistent ? 'yes' : 'no']
        const file = options.file === undefined ? [] : [options.file]
        return [...file, ...place, ...kept, ...(options.settings ?? [])]
      },
      folder,
      logFile: resolve(options.logFile),
      serves: () => redisServes(port),
      startMs: 20_000,
      stopMs: 5_000,
      explain: (lines) =>
        /Address already in use/.test(lines) ? `Redis found port ${port} taken.` : undefined,
      onCrash: options.onCrash,
    },
    port,
  )
  await redis.start(signal)
  return redis
}
