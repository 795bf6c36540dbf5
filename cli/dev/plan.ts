// What the development stack is made of: ports, given or own servers, programs and their environment.
import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../../gateway/config/settings.ts'
import { environmentFor, needConfig } from '../configuration.ts'
import { CliFailure } from '../failure.ts'
import { mainFile, root } from '../project.ts'
import { freePorts, requireFreePort } from '../stack/ports.ts'

export type Program = { readonly name: string; readonly args: readonly string[] }

export type Plan = {
  readonly config: Config
  readonly file: string
  /** The environment of every program, with the ports that were chosen. */
  readonly env: NodeJS.ProcessEnv
  readonly kafkaPort: number
  readonly redisPort: number
  /** Of the demo pages. */
  readonly pagesPort: number
  /** Undefined: one is started. */
  readonly brokers: readonly string[] | undefined
  readonly redisUrl: string | undefined
  readonly consumers: readonly Program[]
  /** `NAME=value` of what was given by variables: other terminals need them too. */
  readonly given: readonly string[]
}

const addressVariables = [
  'OPENCLAW_CONFIG',
  'OPENCLAW_LISTEN_PORT',
  'OPENCLAW_ADMIN_PORT',
  'OPENCLAW_PAGES_PORT',
  'OPENCLAW_KAFKA_PORT',
  'OPENCLAW_REDIS_PORT',
  'OPENCLAW_KAFKA_BROKERS',
] as const

const portOf = (env: NodeJS.ProcessEnv, variable: string, fallback: number): number => {
  const text = env[variable] || String(fallback)
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new CliFailure(`${variable}: got "${text}"; a port is a number from 1 to 65535`)
}

/** Every folder of consumers/ that has a program in it. */
const exampleConsumers = (): readonly Program[] =>
  globSync('consumers/*/main.ts', { cwd: root })
    .toSorted()
    .map((file) => ({ name: basename(dirname(file)), args: [join(root, file)] }))

/** Where the servers are, for every program alike. */
const environmentOf = (given: NodeJS.ProcessEnv, brokers: string, redisUrl: string): NodeJS.ProcessEnv => ({
  ...given,
  OPENCLAW_KAFKA_BROKERS: brokers,
  OPENCLAW_REDIS_URL: redisUrl,
})

/** Reads the configuration and finds the ports. Throws a sentence when a port is bad or taken, or a setting is wrong. */
export const makePlan = async (
  option: { readonly config?: string },
  given: NodeJS.ProcessEnv,
): Promise<Plan> => {
  const kafkaPort = portOf(given, 'OPENCLAW_KAFKA_PORT', 19_092)
  const redisPort = portOf(given, 'OPENCLAW_REDIS_PORT', 16_379)
  const pagesPort = portOf(given, 'OPENCLAW_PAGES_PORT', 8_081)
  const servers = environmentOf(
    given,
    given.OPENCLAW_KAFKA_BROKERS || `127.0.0.1:${kafkaPort}`,
    given.OPENCLAW_REDIS_URL || `redis://127.0.0.1:${redisPort}`,
  )
  const first = await needConfig(option, servers)
  const [listenPort = 0, adminPort = 0] = await freePorts(2)
  const env: NodeJS.ProcessEnv = {
    ...environmentFor(first.file, servers),
    OPENCLAW_LISTEN_PORT: String(first.config.listen.port || listenPort),
    OPENCLAW_ADMIN_PORT: String(first.config.admin.port || adminPort),
  }
  const { config, file } = await needConfig(option, env)
  await requireFreePort(config.listen.port, 'the gateway', 'OPENCLAW_LISTEN_PORT')
  await requireFreePort(config.admin.port, 'its admin listener', 'OPENCLAW_ADMIN_PORT')
  await requireFreePort(pagesPort, 'the server of the demo pages', 'OPENCLAW_PAGES_PORT')
  return {
    config,
    file,
    env,
    kafkaPort,
    redisPort,
    pagesPort,
    brokers: given.OPENCLAW_KAFKA_BROKERS ? config.kafka.brokers : undefined,
    redisUrl: given.OPENCLAW_REDIS_URL ? config.redis.url : undefined,
    consumers: exampleConsumers(),
    given: addressVariables.flatMap((name) => (given[name] ? [`${name}=${given[name]}`] : [])),
  }
}

/** The gateway as a program of its own. */
export const gatewayProgram = (plan: Plan): Program => ({
  name: 'gateway',
  args: [mainFile, 'start', '--config', plan.file],
})
