// Finds and loads the configuration a command works with; in development, what it refers to is made first.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { developmentSecret } from '../gateway/config/admission-checks.ts'
import type { Environment } from '../gateway/config/environment.ts'
import { type Loaded, loadConfig, type Sources } from '../gateway/config/load.ts'
import { problemText } from '../gateway/config/problem.ts'
import type { Config } from '../gateway/config/settings.ts'
import { developmentKey } from './development-key.ts'
import { CliFailure } from './failure.ts'
import { home, ownConfig } from './project.ts'

/** The option that all commands with a configuration share. */
export type ConfigOption = { readonly config?: string }

/** --config, else OPENCLAW_CONFIG, else openclaw.yaml of this folder, else the one of the project. */
export const configFile = (option: ConfigOption, env: Environment): string => {
  const named = option.config ?? (env.OPENCLAW_CONFIG || undefined)
  if (named !== undefined) return resolve(named)
  const here = resolve('openclaw.yaml')
  return existsSync(here) ? here : ownConfig
}

const isDevelopment = (file: string): boolean => {
  try {
    const settings: unknown = parse(readFileSync(file, 'utf8'), { logLevel: 'silent' })
    return (settings as { development?: unknown } | null)?.development === true
  } catch {
    return false
  }
}

const onPort = (port: string | undefined, toAddress: (port: string) => string): string =>
  port === undefined || port === '' ? '' : toAddress(port)

/**
 * The environment as the gateway is to see it. A development configuration need not be told its secret, and finds
 * Kafka and Redis where the development stack was told to put them.
 */
export const environmentFor = (file: string, env: Environment): Environment => {
  if (!isDevelopment(file)) return env
  const brokers = env.OPENCLAW_KAFKA_BROKERS || onPort(env.OPENCLAW_KAFKA_PORT, (port) => `127.0.0.1:${port}`)
  const redis =
    env.OPENCLAW_REDIS_URL || onPort(env.OPENCLAW_REDIS_PORT, (port) => `redis://127.0.0.1:${port}`)
  return {
    ...env,
    OPENCLAW_SECRET: env.OPENCLAW_SECRET || developmentSecret,
    OPENCLAW_KAFKA_BROKERS: brokers,
    OPENCLAW_REDIS_URL: redis,
  }
}

/** Loads the configuration. The development key is made if the project's own development configuration asks for it. */
export const tryConfig = async (
  option: ConfigOption,
  env: Environment,
): Promise<Loaded & { readonly file: string }> => {
  const file = configFile(option, env)
  // On a read-only disk nothing can be made; the loader then says which file is missing.
  if (file === ownConfig && isDevelopment(file)) await developmentKey(home).catch(() => {})
  return { ...loadConfig({ file, env: environmentFor(file, env) }), file }
}

/** As `tryConfig`, but throws a CliFailure with one line per problem. */
export const needConfig = async (
  option: ConfigOption,
  env: Environment,
): Promise<{ readonly config: Config; readonly sources: Sources; readonly file: string }> => {
  const loaded = await tryConfig(option, env)
  if (loaded.ok) return loaded
  const lines = loaded.problems.map(problemText)
  const count = lines.length === 1 ? 'a mistake' : `${lines.length} mistakes`
  throw new CliFailure(`the configuration has ${count}; nothing was started.\n${lines.join('\n')}`)
}
