// The same promises on a Redis with TLS and an ACL user that has exactly our rights, behind sentinels, and on a Cluster.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it, type TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { redisRights } from '../../../gateway/compose/redis-acl.ts'
import { settings } from '../../../gateway/config/settings.ts'
import { createRegistry } from '../../../gateway/registry/registry.ts'
import { redisCluster, secureRedis, sentinels } from '../../support/secure-redis.ts'
import { waitFor } from '../../support/wait.ts'
import { registryContracts } from './contracts.ts'
import { entryUnder, taken, worldOn } from './worlds.ts'

/** Ends with the file: each is started once. */
const file = { after } as unknown as TestContext
const rights = redisRights({ redis: settings.shape.redis.parse({}), cluster: 'main' })
const [tls, watched, cluster] = await Promise.all([
  secureRedis(file, rights),
  sentinels(file),
  redisCluster(file),
])
const prefix = 'openclaw'

registryContracts(
  'Redis with TLS and ACL',
  worldOn(() => Promise.resolve({ redis: tls.redis, urls: [tls.adminUrl] }), prefix),
)
registryContracts(
  'Redis behind sentinels',
  worldOn(async () => ({ redis: watched.redis, urls: [await watched.masterUrl()] }), prefix),
)
registryContracts(
  'Redis Cluster',
  worldOn(() => Promise.resolve(cluster), prefix),
)

describe('the rights of the registry', () => {
  it('are not enough for anything that is not its own', async () => {
    const { redis } = tls
    const { username, password, url } = redis
    const files = Object.fromEntries(Object.entries(redis.tls).map(([name, at]) => [name, readFileSync(at)]))
    const client = new Redis(url, {
      username,
      password,
      tls: files,
      retryStrategy: null,
      disableClientInfo: true,
    })
    try {
      for (const words of [
        ['FLUSHALL'],
        ['FLUSHDB'],
        ['CONFIG', 'GET', '*'],
        ['KEYS', '*'],
        ['SCAN', '0'],
        ['ACL', 'LIST'],
        ['CLIENT', 'LIST'],
        ['DEBUG', 'SLEEP', '0'],
        ['SHUTDOWN'],
        ['SCRIPT', 'FLUSH'],
        ['MONITOR'],
        ['REPLICAOF', 'NO', 'ONE'],
        ['PUBLISH', 'c', 'm'],
        ['GET', 'other'],
        ['SET', 'openclaw:{other}:x', '1'],
        ['EVAL', "return redis.call('GET', KEYS[1])", '1', 'openclaw:{other}:x'],
        ['EVAL', "return redis.call('GET', 'other')", '0'],
        ['EVAL', "return redis.call('KEYS', '*')", '0'],
      ]) {
        const [name = '', ...args] = words
        await assert.rejects(
          client.call(name, ...args),
          /NOPERM|no permission|can't run this command|can't access/i,
          words.join(' '),
        )
      }
    } finally {
      client.disconnect()
    }
  })
})

describe('a master that dies behind sentinels', () => {
  it('is followed to the replica that takes its place', async (t) => {
    const own = await sentinels(t, 500)
    const redis = { url: 'redis://127.0.0.1:6379', prefix, commandTimeout: 1_000, ...own.redis }
    const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs: 60_000, slots: 8 })
    t.after(() => registry.close())
    const lease = await taken(registry, 'a')
    await registry.sessions.bind(entryUnder(lease))
    let backs = 0
    registry.onBack(() => void backs++)
    await own.master.kill()
    await waitFor(() => !registry.available)
    await waitFor(() => registry.available, { timeoutMs: 30_000 })
    const entry = entryUnder(lease, { user: 'bob' })
    await waitFor(
      () =>
        registry.leases
          .renew(lease, true)
          .then(() => registry.sessions.bind(entry))
          .then(() => true),
      {
        timeoutMs: 20_000,
      },
    )
    assert.equal((await registry.sessions.ofUser('acme', 'bob')).found.length, 1)
    assert.ok(backs > 0)
  })
})
