// Free ports, and what is said of a port that is taken.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { accepts, freePorts, isFree, requireFreePort } from '../../../cli/stack/ports.ts'

async function listen(t: TestContext, host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('free ports are different and free', async () => {
  const ports = await freePorts(5)
  assert.equal(new Set(ports).size, 5)
  for (const port of ports) assert.ok(await isFree(port))
})

for (const host of ['127.0.0.1', '0.0.0.0']) {
  test(`a port taken on ${host} is named with its holder and its environment variable`, async (t) => {
    const port = await listen(t, host)
    assert.equal(await isFree(port), false)
    await assert.rejects(requireFreePort(port, 'Kafka', 'OPENCLAW_KAFKA_PORT'), (error) => {
      assert.ok(error instanceof Error)
      assert.ok(error.message.startsWith(`Port ${port}, which Kafka needs, is already taken`), error.message)
      assert.ok(error.message.includes(`OPENCLAW_KAFKA_PORT=${port + 1}`), error.message)
      if (process.platform === 'linux')
        assert.ok(error.message.includes(`(pid ${process.pid})`), error.message)
      return true
    })
  })
}

test('an address accepts connections only while something listens there', async (t) => {
  const port = await listen(t, '127.0.0.1')
  assert.equal(await accepts('127.0.0.1', port, 1_000), true)
  const [free = 0] = await freePorts(1)
  assert.equal(await accepts('127.0.0.1', free, 1_000), false)
})
