// A real Redis: it answers when the start comes back, and keeps its data over kill -9 where it was asked to.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { Redis as Client } from 'ioredis'
import { redisServes } from '../../../cli/stack/probe.ts'
import { ownRedis } from '../../support/stack.ts'

async function valueAfterKill(t: TestContext, persistent: boolean): Promise<string | null> {
  const redis = await ownRedis(t, { persistent })
  const client = new Client(redis.url)
  client.on('error', () => {})
  t.after(() => client.disconnect())
  await client.set('a', 'b')
  await redis.kill()
  await redis.restart()
  return client.get('a')
}

test('a persistent one has its data after kill -9 and a restart', async (t) => {
  assert.equal(await valueAfterKill(t, true), 'b')
})

test('one that is not persistent begins empty after kill -9', async (t) => {
  assert.equal(await valueAfterKill(t, false), null)
})

test('it does not answer while it is frozen, and does again afterwards', async (t) => {
  const redis = await ownRedis(t)
  const port = Number(new URL(redis.url).port)
  redis.signal('SIGSTOP')
  assert.equal(await redisServes(port), false)
  redis.signal('SIGCONT')
  assert.equal(await redisServes(port), true)
})
