// A node that cannot start: it waits, says why, can be stopped meanwhile, and leaves nothing open.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createGateway, type Gateway } from '../../../gateway/compose/gateway.ts'
import { loadConfig } from '../../../gateway/config/load.ts'
import { waitFor } from '../../support/wait.ts'

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}

/** A node whose Kafka and Redis are both away. */
async function lonelyNode(t: TestContext, adminPort = 0): Promise<Gateway> {
  const away = await closedPort()
  const loaded = loadConfig({
    env: {},
    overrides: {
      development: true,
      log: { level: 'silent' },
      listen: { host: '127.0.0.1', port: 0 },
      admin: { port: adminPort },
      kafka: { brokers: [`127.0.0.1:${away}`] },
      redis: { url: `redis://127.0.0.1:${away}`, commandTimeout: 100 },
      session: { secrets: ['a secret of this test'] },
      drain: { timeout: 3_000, spread: 0 },
    },
  })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const gateway = await createGateway(loaded.config)
  t.after(() => gateway.stop())
  return gateway
}

test('while Kafka is away it answers operators and takes no clients, and a stop ends the waiting', async (t) => {
  const gateway = await lonelyNode(t)
  const started = gateway.start()
  started.catch(() => undefined)
  await waitFor(() => gateway.adminPort !== 0)
  const readyz = await fetch(`http://127.0.0.1:${gateway.adminPort}/readyz`)
  const { reasons } = (await readyz.json()) as { reasons: { code: string }[] }
  assert.equal(readyz.status, 503)
  assert.ok(reasons.some(({ code }) => code === 'starting'))
  assert.equal(gateway.port, 0)
  await gateway.stop()
  await assert.rejects(started)
  assert.equal(gateway.port, 0)
  await assert.rejects(fetch(`http://127.0.0.1:${gateway.adminPort}/livez`))
})

test('a port that is taken ends the start with a sentence, and everything is let go', async (t) => {
  const other = createServer()
  t.after(() => other.close())
  const gateway = await lonelyNode(t, await listening(other))
  await assert.rejects(gateway.start(), /is taken; choose another with OPENCLAW_ADMIN_PORT/)
  // Nothing is left that would hold the process open: the runner ends a file that does not end by itself.
  await gateway.stop()
})
