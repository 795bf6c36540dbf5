// Makes the client of ioredis: for one Redis, one behind sentinels, or a Redis Cluster, each with its login and over TLS where set.
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { RedisConfig } from '../config/settings.ts'
import type { CallerTls } from '../config/tls-settings.ts'
import { readTlsFiles } from '../tls-files.ts'

const longestPauseMs = 1_000
/** A command that a node of a Cluster did not take is tried so often, that much later. Milliseconds. */
const mostRedirections = 5
const redirectionPauseMs = 100
/** How often a Cluster is asked which node has what, beside each time that one says it has it no more. Milliseconds. */
const slotsEveryMs = 10_000

export type Client = Redis | Cluster
export type Scripts = Record<string, { lua: string; numberOfKeys: number }>

/** Waits before the n-th reconnect: doubling up to a second, and spread so that nodes do not come back in step. */
const pause = (attempt: number): number =>
  Math.min(longestPauseMs, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2)

/** Reads its files at each connection; where they are no good just then, those that were before are used. */
function toTls(tls: CallerTls): NonNullable<RedisOptions['tls']> {
  let last = readTlsFiles(tls)
  const fresh = () => {
    try {
      last = readTlsFiles(tls)
    } catch {
      // Somebody is about to change them.
    }
    return last
  }
  return {
    get ca() {
      return fresh().ca
    },
    get cert() {
      return fresh().cert
    },
    get key() {
      return fresh().key
    },
    minVersion: 'TLSv1.2',
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  }
}

const toHosts = (hosts: readonly string[]): { host: string; port: number }[] =>
  hosts.map((each) => {
    const colon = each.lastIndexOf(':')
    return { host: each.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(each.slice(colon + 1)) }
  })

const decoded = (text: string): string | undefined => (text === '' ? undefined : decodeURIComponent(text))

/** User, password and number of the database, which hold for sentinels and clusters too. */
function loginOf({ url, username, password }: RedisConfig): { username?: string; password?: string } {
  const parts = new URL(url)
  const user = username ?? decoded(parts.username)
  const secret = password ?? decoded(parts.password)
  return {
    ...(user === undefined ? {} : { username: user }),
    ...(secret === undefined ? {} : { password: secret }),
  }
}

/** The client begins to connect at once and goes on trying by itself. Throws where a file of TLS is no good. */
export function createClient(config: RedisConfig, scripts: Scripts): Client {
  const { url, commandTimeout, sentinel, cluster } = config
  const isSecure = config.tls !== undefined || (url.startsWith('rediss:') && !sentinel && !cluster)
  const tls = isSecure ? { tls: toTls(config.tls ?? {}) } : {}
  const each = {
    ...loginOf(config),
    ...tls,
    commandTimeout,
    // A socket on which answers are due and nothing comes is given up, else a frozen server would be waited on for ever.
    socketTimeout: 2 * commandTimeout,
    connectTimeout: 2 * commandTimeout,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    protocol: 2 as const,
  }
  if (cluster !== undefined) {
    return new Cluster(toHosts(cluster), {
      redisOptions: each,
      scripts,
      enableOfflineQueue: false,
      clusterRetryStrategy: pause,
      maxRedirections: mostRedirections,
      retryDelayOnFailover: redirectionPauseMs,
      retryDelayOnClusterDown: redirectionPauseMs,
      slotsRefreshTimeout: 2 * commandTimeout,
      slotsRefreshInterval: slotsEveryMs,
      // Names stay names, for that is what certificates are made for.
      dnsLookup: (address, answer) => answer(null, address),
    })
  }
  const single = {
    ...each,
    scripts,
    enableOfflineQueue: false,
    retryStrategy: pause,
    // The server answers but is the wrong one after a failover: look again. Scripts say it within their own words.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
  }
  if (sentinel !== undefined) {
    const { name, hosts, username, password } = sentinel
    return new Redis({
      ...single,
      name,
      sentinels: toHosts(hosts),
      sentinelRetryStrategy: pause,
      sentinelCommandTimeout: commandTimeout,
      enableTLSForSentinelMode: isSecure,
      ...(username === undefined ? {} : { sentinelUsername: username }),
      ...(password === undefined ? {} : { sentinelPassword: password }),
      ...(sentinel.tls === undefined ? {} : { sentinelTLS: toTls(sentinel.tls) }),
    })
  }
  const { hostname, port, pathname } = new URL(url)
  const db = Number(pathname.slice(1) || 0)
  return new Redis({
    ...single,
    host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(port || 6379),
    ...(Number.isInteger(db) ? { db } : {}),
  })
}
