// openclaw acl: rights for the configuration at hand, as a table, as commands, and for programs.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCommand } from '../support/command.ts'

const cwd = join(import.meta.dirname, '../..')
const env = {
  OPENCLAW_CLUSTER: 'shop',
  OPENCLAW_TOPICS_SLOT: 'shop.slot.',
  OPENCLAW_FEEDS:
    '{ prices: { topic: "market.prices", to: "channel:ticker:{key}" }, notes: { topic: notes, to: "user:{key}" } }',
  OPENCLAW_ROUTES: '{ chat: { topic: chat.in, match: [{ path: /chat }] } }',
}

type Shown = {
  kafka: { role: string; resource: string; name: string; prefixed: boolean; operations: string[] }[]
  redis: string[]
}

test('every role has what its settings ask for, and nobody may delete or alter anything', async () => {
  const { code, stdout } = await runCommand(['acl', '--json'], { cwd, env })
  assert.equal(code, 0)
  const { kafka, redis } = JSON.parse(stdout) as Shown
  const of = (role: string, name: string, resource = 'topic') =>
    kafka.find((each) => each.role === role && each.name === name && each.resource === resource)
  assert.deepEqual(of('gateway', 'chat.in')?.operations, ['Write', 'DescribeConfigs'])
  assert.equal(of('gateway', 'shop.slot.')?.prefixed, true)
  assert.deepEqual(of('backend-chat', 'chat.in')?.operations, ['Read'])
  assert.equal(of('backend-chat', 'openclaw.receipts'), undefined)
  // A feed for channels is tailed without a group; one for users is shared among the nodes.
  assert.deepEqual(of('gateway', 'market.prices')?.operations, ['Read'])
  assert.equal(of('gateway', 'openclaw.feed.shop.prices', 'group'), undefined)
  assert.deepEqual(of('gateway', 'openclaw.feed.shop.notes', 'group')?.operations, ['Read'])
  const feed = kafka.filter(({ role }) => role === 'feed-prices')
  assert.deepEqual(
    feed.map(({ name, operations }) => [name, operations]),
    [['market.prices', ['Write']]],
  )
  const known = new Set(['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'])
  assert.ok(kafka.every(({ operations }) => operations.every((each) => known.has(each))))
  assert.ok(kafka.every(({ role, operations }) => role === 'operator' || !operations.includes('Create')))
  assert.ok(redis.includes('~openclaw:{shop}:*') && redis.includes('-@all'))
  assert.equal(
    redis.some((word) => /^\+(@|keys$|flush|config|script)/.test(word)),
    false,
  )
})

test('as commands each right is one call, and as a table one line', async () => {
  const [commands, table, json] = await Promise.all(
    [['--commands'], [], ['--json']].map(
      async (more) => (await runCommand(['acl', ...more], { cwd, env })).stdout,
    ),
  )
  const count = (JSON.parse(json ?? '') as Shown).kafka.length
  const lines = (commands ?? '').trim().split('\n')
  assert.equal(lines.filter((line) => line.startsWith('kafka-acls.sh ')).length, count)
  assert.match(
    lines.at(-1) ?? '',
    /^redis-cli ACL SETUSER openclaw on '>…' resetkeys '~openclaw:\{shop\}:\*' /,
  )
  assert.equal((table ?? '').split('\n').filter((line) => line.startsWith('| ')).length, count + 1)
})

test('a Redis Cluster and a numbered database need a little more', async () => {
  const wordsWith = async (more: Record<string, string>) =>
    (JSON.parse((await runCommand(['acl', '--json'], { cwd, env: { ...env, ...more } })).stdout) as Shown)
      .redis
  assert.ok((await wordsWith({ OPENCLAW_REDIS_CLUSTER: 'a:1,b:1' })).includes('+cluster|slots'))
  assert.ok((await wordsWith({ OPENCLAW_REDIS_URL: 'redis://h:1/3' })).includes('+select'))
})
