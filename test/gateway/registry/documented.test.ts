// What schemas/REGISTRY.md promises to other languages, tried with raw commands and with its own Python.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it, type TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { createRegistry } from '../../../gateway/registry/registry.ts'
import { randomName } from '../../support/names.ts'
import { ownRedis, testStack } from '../../support/stack.ts'
import { pythonWith, run } from '../../support/tools.ts'
import { waitFor } from '../../support/wait.ts'
import { entryUnder, taken } from './worlds.ts'

const page = await readFile(new URL('../../../schemas/REGISTRY.md', import.meta.url), 'utf8')

async function registryWithRaw(t: TestContext, url: string, prefix: string, leaseTtlMs = 60_000) {
  const redis = { url, prefix, commandTimeout: 5_000 }
  const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs, slots: 8 })
  const raw = new Redis(url, { retryStrategy: null })
  t.after(() => {
    raw.disconnect()
    return registry.close()
  })
  return { registry, raw }
}

describe('the documented registry', () => {
  it('shows the sessions of a user, where they are and whether they live, to raw commands', async (t) => {
    const prefix = randomName()
    const { registry, raw } = await registryWithRaw(t, (await testStack()).redisUrl, prefix)
    const lease = await taken(registry, 'node-a', 5)
    const entry = entryUnder(lease, { session: 's-7f3c', user: 'alice@example.com', generation: 7 })
    await registry.sessions.bind(entry)
    const base = `${prefix}:{main}:`

    const [session, place] = (await raw.call('HGETALL', `${base}user:acme/alice%40example.com`)) as string[]
    assert.equal(session, 's-7f3c')
    assert.equal(place, `5 ${lease.epoch} 7`)
    assert.equal(await raw.call('GET', `${base}session:s-7f3c`), `${place} acme/alice%40example.com`)
    assert.deepEqual(await raw.call('SMEMBERS', `${base}slot:5:${lease.epoch}`), ['s-7f3c'])

    const held = (await raw.call('HGET', `${base}slots`, '5')) as string
    const [, epoch, ends] = /^(\d+) (\d+) node-a$/.exec(held) ?? assert.fail(held)
    const [seconds] = (await raw.call('TIME')) as string[]
    assert.equal(Number(epoch), lease.epoch)
    assert.ok(Number(ends) > Number(seconds) * 1_000)
    assert.match(String(await raw.call('HGET', `${base}slots`, 'birth')), /^\d{13}$/)
    await raw.del(await raw.keys(`${prefix}:*`))
  })

  it('has exactly the keys and types that the page lists, and no more after the last session left', async (t) => {
    const server = await ownRedis(t)
    const { registry, raw } = await registryWithRaw(t, server.url, 'openclaw')
    const types = async () => {
      const names = (await raw.keys('*')).sort()
      return Promise.all(names.map(async (name) => `${name} ${await raw.type(name)}`))
    }
    const [dead, lease] = [await taken(registry, 'a', 0), await taken(registry, 'b', 1)]
    await registry.sessions.bindAll([
      entryUnder(lease, { session: 's' }),
      entryUnder(dead, { session: 'old', user: 'bob' }),
    ])
    await registry.leases.release(dead)
    const heir = await taken(registry, 'c', 0)
    await registry.leases.renew(lease, false)
    let during: string[] = []
    const report = async () => {
      during = await types()
    }
    await registry.sessions.reap({ graceMs: 0, limit: 10, report })
    assert.deepEqual(during, [
      'openclaw:{main}:ended hash',
      'openclaw:{main}:reaper string',
      'openclaw:{main}:session:old string',
      'openclaw:{main}:session:s string',
      `openclaw:{main}:slot:0:${dead.epoch} set`,
      `openclaw:{main}:slot:1:${lease.epoch} set`,
      'openclaw:{main}:slots hash',
      'openclaw:{main}:unregistered set',
      'openclaw:{main}:user:acme/alice hash',
      'openclaw:{main}:user:acme/bob hash',
    ])
    await registry.sessions.unbind(entryUnder(lease, { session: 's' }))
    await registry.leases.release(lease)
    await registry.leases.release(heir)
    assert.deepEqual(await types(), ['openclaw:{main}:slots hash'])
    for (const key of ['ended', 'reaper', 'session:<', 'slot:<', 'slots', 'unregistered', 'user:<'])
      assert.ok(page.includes(`| \`${key}`), `${key} is on the page`)
  })

  it('has the members of a channel in the keys that the page lists, and no more after the last one left', async (t) => {
    const server = await ownRedis(t)
    const { registry, raw } = await registryWithRaw(t, server.url, 'openclaw', 1)
    const base = 'openclaw:{main}:'
    const { slot, epoch } = await taken(registry, 'a', 5)
    await waitFor(async () => (await registry.sessions.ofSession('s')).complete)
    const alice = { tenant: 'acme', channel: 'room:7', user: 'a/b', slot, epoch, entry: 'new' } as const
    await registry.members.write([{ ...alice, sessions: 2, info: 'red team' }], 1_000)
    assert.deepEqual(await raw.call('HGETALL', `${base}members:acme/room%3A7`), ['a%2Fb', '2 red team'])
    assert.deepEqual(await raw.call('HGETALL', `${base}present:5:${epoch}`), ['acme/room%3A7/a%2Fb', '2'])
    assert.deepEqual(await raw.smembers(`${base}present`), [`5 ${epoch}`])
    await registry.members.write([{ ...alice, sessions: 0 }], 1_000)
    assert.deepEqual(await raw.call('HGETALL', `${base}present:5:${epoch}`), ['acme/room%3A7/a%2Fb', '0'])
    let during: string[] = []
    const report = async () => {
      during = await raw.keys(`${base}teller`)
    }
    await waitFor(async () => (await registry.members.tell({ most: 1_000, limit: 10, report })) === 1)
    assert.deepEqual(during, [`${base}teller`])
    assert.deepEqual(await raw.keys('*'), [`${base}slots`])
    for (const key of ['members:<', 'present:<', 'present', 'teller'])
      assert.ok(page.includes(`| \`${key}`), `${key} is on the page`)
  })

  it('is read by the Python of the page', async (t) => {
    const python = await pythonWith(['redis==8.1.0'])
    const server = await ownRedis(t)
    const { registry } = await registryWithRaw(t, server.url, 'openclaw')
    const gone = await taken(registry, 'a')
    await registry.sessions.bind(entryUnder(gone, { session: 'detached' }))
    await registry.leases.release(gone)
    await registry.sessions.bind(entryUnder(await taken(registry, 'b', 5), { session: 's-7f3c' }))
    const [, code = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? []
    const { stdout } = await run(python, ['-c', code.replace('16379', new URL(server.url).port)])
    assert.equal(stdout.trim(), "[('s-7f3c', 5)]")
  })

  it('needs no more rights than the page says', async (t) => {
    const server = await ownRedis(t)
    const raw = new Redis(server.url, { retryStrategy: null })
    t.after(() => raw.disconnect())
    const [, rights = ''] = /needs `([^`]+)`; one that only reads/.exec(page) ?? []
    await raw.call('ACL', 'SETUSER', 'gateway', 'on', '>secret-word', ...rights.split(' '))
    const { port } = new URL(server.url)
    const redis = {
      url: `redis://gateway:secret-word@127.0.0.1:${port}`,
      prefix: 'openclaw',
      commandTimeout: 5_000,
    }
    const registry = await createRegistry({ redis, cluster: 'main', leaseTtlMs: 60_000, slots: 8 })
    t.after(() => registry.close())
    const lease = await taken(registry, 'a')
    const entry = entryUnder(lease)
    await registry.sessions.bind(entry)
    assert.equal(await registry.leases.renew(lease, true), 'held')
    assert.equal((await registry.sessions.ofUser('acme', 'alice')).found.length, 1)
    assert.equal(await registry.sessions.reap({ graceMs: 0, limit: 1, report: async () => {} }), 0)
    const member = { tenant: '', channel: 'c', user: 'alice', sessions: 1, entry: 'new' } as const
    await registry.members.write([{ ...member, slot: lease.slot, epoch: lease.epoch }], 1_000)
    assert.equal((await registry.members.list(member, 10)).count, 1)
    assert.equal(await registry.members.count(lease.slot, lease.epoch), 1)
    assert.equal(await registry.members.tell({ most: 1_000, limit: 1, report: async () => {} }), 0)
    await registry.windows.add('address.newConnections', '192.0.2.1', { count: 5, windowMs: 60_000 }, 1)
    await registry.holdings.set('principal.connections:acme/alice', 1, lease)
    const base = 'openclaw:{main}:'
    // Windows fall back on memory: only the key proves that it was allowed.
    assert.equal(await raw.get(`${base}rate:address.newConnections:192.0.2.1`), '1')
    const held = await raw.hgetall(`${base}held:principal.connections:acme/alice`)
    assert.deepEqual(held, { [`${lease.slot} ${lease.epoch}`]: '1' })
    for (const key of ['held:<', 'rate:<']) assert.ok(page.includes(`| \`${key}`), `${key} is on the page`)
    await registry.sessions.unbind(entry)
    await registry.leases.release(lease)
  })
})
