// Sends that look up where a user is: one hop where that is sure, dispatch where it is not.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Redis } from 'ioredis'
import { createDirectory } from '../../../consumers/kit/directory.ts'
import { createRegistry } from '../../../gateway/registry/registry.ts'
import { entryUnder, taken } from '../../gateway/registry/worlds.ts'
import { onEnd } from '../../support/cleanup.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

it('sends straight to every session of a user where all are known, and by dispatch otherwise', async (t) => {
  const { kafka, backend } = await createWorld(t)
  const { redisUrl } = await testStack()
  const [prefix, slot, dispatch] = [randomName('r'), `${randomName('slot')}.`, randomName('dispatch')]
  await kafka.createTopics([{ topic: `${slot}2` }, { topic: `${slot}5` }, { topic: dispatch }])
  const leaseTtlMs = 1_000
  const registry = await createRegistry({
    redis: { url: redisUrl, prefix, commandTimeout: 5_000 },
    cluster: 'main',
    leaseTtlMs,
    slots: 8,
  })
  const redis = new Redis(redisUrl)
  onEnd(t, () => registry.close())
  onEnd(t, () => redis.disconnect())
  const directory = createDirectory({ redis, prefix, leaseTtlMs })
  const [two, five] = [await taken(registry, 'node-a', 2), await taken(registry, 'node-b', 5)]
  await registry.sessions.bind(entryUnder(two, { session: 's-2', user: 'alice', generation: 1 }))
  await registry.sessions.bind(entryUnder(five, { session: 's-5', user: 'alice', generation: 1 }))
  const one = backend({ directory, topics: { slot, dispatch } })

  assert.equal(
    await directory.ofUser('acme', 'alice'),
    undefined,
    'a registry that is so young may miss some',
  )
  await waitFor(async () => {
    await Promise.all([registry.leases.renew(two, true), registry.leases.renew(five, true)])
    return directory.ofUser('acme', 'alice')
  })
  const place = await one.sendTo('user:alice', 'both', { tenant: 'acme' })
  assert.ok(place.topic.startsWith(slot))
  await one.sendTo('session:s-5', 'one', { tenant: 'acme' })
  await one.sendTo('user:bob', 'nobody', { tenant: 'acme' })
  await one.sendTo(['user:alice', 'user:bob'], 'many', { tenant: 'acme' })
  const read = await Promise.all([`${slot}2`, `${slot}5`, dispatch].map((topic) => kafka.read(topic)))
  await waitFor(() => read.flat().length === 5)
  assert.deepEqual(
    read.map((records) => records.map(({ text }) => text)),
    [['both'], ['both', 'one'], ['nobody', 'many']],
  )
  assert.deepEqual([read[0]?.[0]?.headers['ce_to'], read[0]?.[0]?.key], ['session:s-2', 's-2'])

  await registry.leases.release(two)
  assert.equal(await directory.ofUser('acme', 'alice'), undefined, 'one of them is not live')
  redis.disconnect()
  assert.equal(await directory.ofSession('s-5'), undefined)
})
