// How a backend reaches Kafka: where it is, over TLS or not, and who it says it is; also as the gateway's own variables say it.
import { readFileSync } from 'node:fs'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import { createTokenSource } from './token-source.ts'

/** Files in PEM, read again for each connection. `serverName`: the name in the server's certificate, if not its host. */
export type KafkaTls = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
}

export type KafkaLogin =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | {
      readonly mechanism: 'oauthbearer'
      /** Where tokens are fetched by client credentials. */
      readonly tokenUrl: string
      readonly clientId: string
      readonly clientSecret: string
      readonly scope?: string
    }

export type KafkaAccess = {
  readonly brokers: readonly string[]
  /** `{}`: TLS with the authorities that Node knows. */
  readonly ssl?: KafkaTls
  readonly sasl?: KafkaLogin
}

export function openSocket(
  ssl: KafkaTls | undefined,
  address: { readonly host: string; readonly port: number },
  onOpen: () => void,
): Socket {
  if (ssl === undefined) {
    const options = { ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 }
    return connectPlain(options).once('connect', onOpen)
  }
  const { ca, cert, key, serverName = isIP(address.host) === 0 ? address.host : undefined } = ssl
  const socket = connectSecure({
    ...address,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
  return socket.setNoDelay(true).setKeepAlive(true, 10_000).once('secureConnect', onOpen)
}

/** Each login with its token source: all connections share one. */
const sources = new WeakMap<KafkaLogin, ReturnType<typeof createTokenSource>>()

/** What kafkajs wants to know, made anew each time, for it writes into it. */
export function toSasl(login: KafkaLogin): SASLOptions {
  if (login.mechanism !== 'oauthbearer') return { ...login } as SASLOptions
  const source = sources.get(login) ?? createTokenSource(login)
  sources.set(login, source)
  return { mechanism: 'oauthbearer', oauthBearerProvider: source }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Entries of `names` that the environment has. */
const given = <K extends string>(env: Environment, names: Readonly<Record<K, string>>) =>
  Object.fromEntries(
    (Object.entries(names) as [K, string][]).flatMap(([key, name]) => (env[name] ? [[key, env[name]]] : [])),
  ) as { [P in K]?: string }

const tlsVariables = {
  ca: 'OPENCLAW_KAFKA_SSL_CA',
  cert: 'OPENCLAW_KAFKA_SSL_CERT',
  key: 'OPENCLAW_KAFKA_SSL_KEY',
  serverName: 'OPENCLAW_KAFKA_SSL_SERVER_NAME',
} as const

const loginVariables = {
  username: 'OPENCLAW_KAFKA_SASL_USERNAME',
  password: 'OPENCLAW_KAFKA_SASL_PASSWORD',
  tokenUrl: 'OPENCLAW_KAFKA_SASL_TOKEN_URL',
  clientId: 'OPENCLAW_KAFKA_SASL_CLIENT_ID',
  clientSecret: 'OPENCLAW_KAFKA_SASL_CLIENT_SECRET',
  scope: 'OPENCLAW_KAFKA_SASL_SCOPE',
} as const

const mechanisms = {
  plain: ['username', 'password'],
  'scram-sha-256': ['username', 'password'],
  'scram-sha-512': ['username', 'password'],
  oauthbearer: ['tokenUrl', 'clientId', 'clientSecret'],
} as const

function loginFrom(env: Environment): KafkaLogin | undefined {
  const mechanism = env['OPENCLAW_KAFKA_SASL_MECHANISM']
  if (!mechanism) return undefined
  if (!Object.hasOwn(mechanisms, mechanism))
    throw new Error(`OPENCLAW_KAFKA_SASL_MECHANISM is one of ${Object.keys(mechanisms).join(', ')}`)
  const found = given(env, loginVariables)
  for (const name of mechanisms[mechanism as keyof typeof mechanisms])
    if (found[name] === undefined) throw new Error(`${loginVariables[name]} is needed for ${mechanism}`)
  return { mechanism, ...found } as KafkaLogin
}

/**
 * Kafka as the variables of the gateway name it: OPENCLAW_KAFKA_BROKERS, OPENCLAW_KAFKA_SSL (`true`, or one of its files)
 * and OPENCLAW_KAFKA_SASL_…. Throws where something is missing, and names the variable.
 */
export function kafkaFromEnvironment(env: Environment): KafkaAccess {
  const tls = given(env, tlsVariables)
  const isSecure = env['OPENCLAW_KAFKA_SSL'] === 'true' || Object.keys(tls).length > 0
  const sasl = loginFrom(env)
  return {
    brokers: (env['OPENCLAW_KAFKA_BROKERS'] || '127.0.0.1:19092').split(',').map((each) => each.trim()),
    ...(isSecure ? { ssl: tls } : {}),
    ...(sasl === undefined ? {} : { sasl }),
  }
}
