// openclaw keys: a key alone on standard output, good at a gateway; listed without secrets, rotated, revoked.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { runCommand } from '../support/command.ts'
import { startNode, testCluster, writeConfig } from '../support/gateway.ts'
import { waitFor } from '../support/wait.ts'

async function started(t: TestContext) {
  const cluster = await testCluster(t, { overrides: { auth: { apiKeys: { enabled: true } } } })
  const config = ['--config', writeConfig(cluster)]
  const keys = async (...args: string[]) => {
    const ran = await runCommand(['keys', ...args, ...config])
    assert.equal(ran.code, 0, ran.stderr)
    return ran
  }
  return { cluster, config, keys }
}

const statusOf = async (port: number, key: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/echo`, { headers: { 'x-api-key': key } })).status

const becomes = (port: number, key: string, status: number) =>
  waitFor(async () => (await statusOf(port, key)) === status, { timeoutMs: 20_000 })

test('a key is made, listed, rotated and revoked, and its connections end with it', async (t) => {
  const { cluster, keys } = await started(t)
  const { port } = await startNode(t, cluster)
  const wish =
    '--tenant acme --role sensor --role meter --scope a --scope b --claim plan="gold" --expires 90d'
  const { stdout, stderr } = await keys('create', 'alice', ...wish.split(' '))
  const [, id = ''] = /^oc_([0-9a-f]{16})_[A-Za-z0-9_-]{43}\n$/.exec(stdout) ?? assert.fail(stdout)
  assert.match(stderr, new RegExp(`^key ${id} of alice; .*only time`))
  const first = stdout.trim()
  await becomes(port, first, 200)

  const listed = await keys('list', '--json')
  const { createdAt, expiresAt, secrets, ...shown } = JSON.parse(listed.stdout)
  assert.deepEqual(shown, {
    id,
    user: 'alice',
    tenant: 'acme',
    claims: { plan: 'gold', roles: ['sensor', 'meter'], scope: 'a b' },
  })
  assert.equal(Date.parse(expiresAt) - Date.parse(createdAt) >= 90 * 86_400_000 - 10_000, true)
  assert.equal(secrets.length, 1)
  assert.ok(!listed.stdout.includes(first.slice(-43)) && !listed.stdout.includes('sha256'))

  const second = (await keys('rotate', id, '--grace', '1h', '--prefix', 'acme')).stdout.trim()
  assert.ok(second.startsWith(`acme_${id}_`))
  await becomes(port, second, 200)
  assert.equal(await statusOf(port, first), 200)
  assert.match((await keys('list')).stdout, new RegExp(`^${id} +acme +alice .* 2 +\\{`, 'm'))
  const [old, young] = [await welcomed(t, port, first), await welcomed(t, port, second)]

  await keys('revoke', id, '--old')
  assert.equal((await old.closed).code, 4410)
  await becomes(port, first, 401)
  assert.equal(await statusOf(port, second), 200)

  await keys('revoke', id)
  assert.equal((await young.closed).code, 4410)
  await becomes(port, second, 401)
  assert.equal((await keys('list')).stdout, 'there are no keys\n')
  const revocations = await cluster.kafka.read(cluster.topics.revocations)
  await waitFor(() => revocations.some(({ key }) => key === `key:${id}`), { timeoutMs: 20_000 })
  const records = await cluster.kafka.read(cluster.topics.keys)
  await waitFor(() => records.length === 4, { timeoutMs: 20_000 })
  for (const secret of [first, second].map((text) => text.slice(-43)))
    for (const { text } of records) assert.ok(!text.includes(secret), 'Kafka has the secret')
})

test('a rotation without grace leaves one secret, and what cannot be is said with what to do', async (t) => {
  const { config, keys } = await started(t)
  const [, id = ''] = (await keys('create', 'bob')).stdout.split('_')
  await keys('rotate', id, '--grace', '0')
  assert.equal(JSON.parse((await keys('list', '--json')).stdout).secrets.length, 1)
  const fails = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(['keys', ...args, ...config])
    assert.equal(stdout, '')
    return `${code} ${stderr}`
  }
  const all = await Promise.all([
    fails('rotate', '0123456789abcdef'),
    fails('revoke', '0123456789abcdef'),
    fails('create', ''),
    fails('create', 'x', '--prefix', 'A_'),
    fails('create', 'x', '--expires', 'soon'),
  ])
  assert.match(all[0] ?? '', /^1 openclaw: there is no key 0123456789abcdef; .*keys list/)
  assert.match(all[1] ?? '', /^1 openclaw: there is no key/)
  assert.match(all[2] ?? '', /^2 openclaw: a user is 1 to 256 bytes/)
  assert.match(all[3] ?? '', /^2 .*a letter first/s)
  assert.match(all[4] ?? '', /^2 .*duration/s)
})

test('without Kafka, or without the topic, it says so in one sentence', async (t) => {
  const { config } = await started(t)
  const away = await runCommand(['keys', 'list', ...config], {
    env: { OPENCLAW_KAFKA_BROKERS: '127.0.0.1:1' },
  })
  assert.equal(away.code, 1)
  assert.match(away.stderr, /^openclaw: the keys in [^\n]+ at 127\.0\.0\.1:1 cannot be read: [^\n]+\n$/)
  const missing = await runCommand(['keys', 'list', ...config], {
    env: { OPENCLAW_TOPICS_KEYS: 'no.such.topic' },
  })
  assert.match(missing.stderr, /^openclaw: the keys in no\.such\.topic .* there is no topic .*topics apply/)
})
