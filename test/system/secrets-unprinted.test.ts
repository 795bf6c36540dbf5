// A node that cannot log in anywhere and cannot start prints much, and none of its secrets.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { onEnd } from '../support/cleanup.ts'
import { type Running, startCommand } from '../support/command.ts'
import { testCluster, writeConfig } from '../support/gateway.ts'
import { randomName } from '../support/names.ts'
import { command } from '../support/secure-redis.ts'
import { ownRedis } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const secrets = {
  session: randomName('session-secret'),
  admin: randomName('admin-secret-word'),
  redis: randomName('redis-password'),
  kafka: randomName('kafka-password'),
  token: randomName('client-secret'),
}

async function start(t: TestContext, kafka: object, more: object = {}): Promise<Running> {
  const redis = await ownRedis(t)
  await command(redis.url, 'ACL', 'SETUSER', 'default', '>another-password', 'resetpass', '>yet-another')
  const cluster = await testCluster(t)
  const file = writeConfig(cluster, {
    log: { level: 'debug' },
    session: { secrets: [secrets.session] },
    admin: { host: '127.0.0.1', port: 0, token: secrets.admin },
    redis: { url: redis.url, username: 'nobody', password: secrets.redis },
    kafka: { brokers: ['127.0.0.1:1'], ...kafka },
    ...more,
  })
  const running = startCommand(['start', '--config', file], {
    env: { DEBUG: '1', NODE_OPTIONS: '--trace-warnings' },
  })
  onEnd(t, () => void running.child.kill('SIGKILL'))
  return running
}

function expectNone(text: string): void {
  for (const [name, secret] of Object.entries(secrets)) assert.equal(text.includes(secret), false, name)
}

for (const [what, sasl] of [
  ['a password', { mechanism: 'plain', username: 'u', password: secrets.kafka }],
  [
    'a client secret',
    { mechanism: 'oauthbearer', tokenUrl: 'http://127.0.0.1:1/', clientId: 'c', clientSecret: secrets.token },
  ],
] as const) {
  test(`waiting for servers with ${what} that is not taken`, async (t) => {
    const running = await start(t, { sasl })
    const all = () => running.stdout() + running.stderr()
    await waitFor(() => /Kafka cannot be reached/.test(all()) && /WRONGPASS/.test(all()), {
      timeoutMs: 30_000,
    })
    running.child.kill('SIGTERM')
    await running.done
    expectNone(all())
  })
}

test('a start that fails with a stack trace', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onEnd(t, () => taken.close())
  const { port } = taken.address() as AddressInfo
  const sasl = { mechanism: 'plain', username: 'u', password: secrets.kafka }
  const running = await start(t, { sasl }, { admin: { host: '127.0.0.1', port, token: secrets.admin } })
  const { code, stdout, stderr } = await running.done
  assert.notEqual(code, 0)
  assert.match(stderr, /is taken/)
  expectNone(stdout + stderr)
})
