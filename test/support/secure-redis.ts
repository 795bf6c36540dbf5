// Redis as it is run in earnest: TLS with an ACL user, a master with replicas behind sentinels, a cluster of three masters.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Redis as Client } from 'ioredis'
import { freePorts, isFree } from '../../cli/stack/ports.ts'
import { type Redis, type RedisOptions, startRedis } from '../../cli/stack/redis.ts'
import { createAuthority, writeCertificate } from './certificates.ts'
import { onEnd } from './cleanup.ts'
import { randomName } from './names.ts'
import { waitFor } from './wait.ts'

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-redis-'))
  onEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function server(
  t: TestContext,
  folder: string,
  options: Partial<RedisOptions> & { port: number },
): Promise<Redis> {
  const name = `redis-${options.port}`
  const dataDir = join(folder, name)
  const redis = await startRedis({ dataDir, logFile: `${dataDir}.log`, persistent: false, ...options })
  onEnd(t, () => redis.kill())
  return redis
}

/** Runs one command and lets go of the connection. */
export async function command(url: string, ...words: readonly string[]): Promise<unknown> {
  const client = new Client(url, { retryStrategy: null, lazyConnect: true })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const [name = '', ...args] = words
    return await client.call(name, ...args)
  } finally {
    client.disconnect()
  }
}

export type SecureRedis = {
  /** With TLS and a login: for the settings `redis`. */
  readonly redis: {
    readonly url: string
    readonly username: string
    readonly password: string
    readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
  }
  /** Without either, for the administrator. */
  readonly adminUrl: string
}

/** `rights`: the words of ACL SETUSER. Client certificates are required. */
export async function secureRedis(t: TestContext, rights: readonly string[]): Promise<SecureRedis> {
  const folder = folderFor(t)
  const authority = createAuthority()
  const ca = join(folder, 'ca.crt')
  writeFileSync(ca, authority.cert)
  const own = writeCertificate(
    folder,
    'redis',
    authority.issue({ subject: { CN: 'redis' }, names: ['127.0.0.1'] }),
  )
  const client = writeCertificate(folder, 'client', authority.issue({ subject: { CN: 'gateway' } }))
  const [port = 0, tlsPort = 0] = await freePorts(2)
  const files = ['--tls-cert-file', own.cert, '--tls-key-file', own.key, '--tls-ca-cert-file', ca]
  await server(t, folder, { port, settings: ['--tls-port', String(tlsPort), ...files] })
  const adminUrl = `redis://127.0.0.1:${port}`
  const password = randomName('password')
  await command(adminUrl, 'ACL', 'SETUSER', 'openclaw', 'on', `>${password}`, ...rights)
  const url = `rediss://127.0.0.1:${tlsPort}`
  return { redis: { url, username: 'openclaw', password, tls: { ca, ...client } }, adminUrl }
}

export type Sentinels = {
  readonly redis: { readonly sentinel: { readonly name: string; readonly hosts: string[] } }
  readonly master: Redis
  readonly masterUrl: () => Promise<string>
}

/** A master, a replica and three sentinels that give up the master after `downAfterMs`. */
export async function sentinels(t: TestContext, downAfterMs = 1_000): Promise<Sentinels> {
  const folder = folderFor(t)
  const [masterPort = 0, replicaPort = 0, ...ports] = await freePorts(5)
  const master = await server(t, folder, { port: masterPort })
  await server(t, folder, {
    port: replicaPort,
    settings: ['--replicaof', '127.0.0.1', String(masterPort), '--repl-diskless-sync', 'no'],
  })
  await waitFor(
    async () =>
      /master_link_status:up/.test(
        String(await command(`redis://127.0.0.1:${replicaPort}`, 'INFO', 'replication')),
      ),
    { timeoutMs: 20_000, everyMs: 50 },
  )
  for (const port of ports) {
    const file = join(folder, `sentinel-${port}.conf`)
    const lines = [
      `sentinel monitor main 127.0.0.1 ${masterPort} 2`,
      `sentinel down-after-milliseconds main ${downAfterMs}`,
      'sentinel failover-timeout main 5000',
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    await server(t, folder, { port, file, settings: ['--sentinel'] })
  }
  const ask = (port: number, ...words: string[]) => command(`redis://127.0.0.1:${port}`, 'SENTINEL', ...words)
  // Each has to know of the others and of the replica, or they cannot agree.
  await waitFor(
    async () => {
      for (const port of ports) {
        if (((await ask(port, 'sentinels', 'main')) as unknown[]).length < 2) return false
        if (((await ask(port, 'replicas', 'main')) as unknown[]).length < 1) return false
      }
      return true
    },
    { timeoutMs: 30_000, everyMs: 100 },
  )
  const masterUrl = async () => {
    const [host, port] = (await ask(ports[0] ?? 0, 'get-master-addr-by-name', 'main')) as string[]
    return `redis://${host}:${port}`
  }
  return {
    redis: { sentinel: { name: 'main', hosts: ports.map((port) => `127.0.0.1:${port}`) } },
    master,
    masterUrl,
  }
}

/** Nodes of a cluster talk on the port 10,000 higher, which must be free as well, and not one that systems give out. */
async function clusterPorts(count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) {
    const [port = 0] = await freePorts(1)
    if (port < 22_700 && !found.includes(port) && (await isFree(port + 10_000))) found.push(port)
  }
  return found
}

/** Three masters that share the slots, and answer for all of them. */
export async function redisCluster(
  t: TestContext,
): Promise<{ redis: { cluster: string[] }; urls: string[] }> {
  const folder = folderFor(t)
  const ports = await clusterPorts(3)
  for (const port of ports)
    await server(t, folder, {
      port,
      settings: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'],
    })
  const urls = ports.map((port) => `redis://127.0.0.1:${port}`)
  const share = Math.ceil(16_384 / ports.length)
  for (const [at, url] of urls.entries()) {
    const slots = Array.from({ length: Math.min(share, 16_384 - at * share) }, (_, n) =>
      String(at * share + n),
    )
    await command(url, 'CLUSTER', 'ADDSLOTS', ...slots)
    await command(url, 'CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1))
  }
  for (const port of ports.slice(1))
    await command(urls[0] ?? '', 'CLUSTER', 'MEET', '127.0.0.1', String(port))
  await waitFor(
    async () => {
      const all = await Promise.all(urls.map(async (url) => String(await command(url, 'CLUSTER', 'INFO'))))
      return all.every((text) => /cluster_state:ok/.test(text) && /cluster_known_nodes:3/.test(text))
    },
    { timeoutMs: 30_000, everyMs: 100 },
  )
  return { redis: { cluster: ports.map((port) => `127.0.0.1:${port}`) }, urls }
}
