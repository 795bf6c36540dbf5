// A gateway for the tests of others: the real one, without Kafka and Redis, that can be killed, stalled and made to forget.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backend, type BackendSettings, createBackendOn } from '../consumers/kit/backend.ts'
import { MemoryLog } from '../gateway/broker/memory-log.ts'
import type { Overrides } from '../gateway/config/load.ts'
import { wantedTopics } from '../gateway/config/topics.ts'
import { MemoryStore } from '../gateway/registry/memory-store.ts'
import { testConfig } from './config.ts'
import { expire } from './expire.ts'
import { Faults } from './faults.ts'
import { createTestKafka, type TestKafka } from './kafka.ts'
import { startNode, type TestNode } from './node.ts'
import { openSlowClient, type SlowClient } from './slow-client.ts'
import { createTokens, type TokenOptions } from './tokens.ts'
import { createMemoryTransport } from './transport.ts'

export type TestGatewayOptions = {
  /** Settings as in `openclaw.yaml`: routes, channels, feeds and all else. */
  readonly config?: Overrides
}

export type TestGateway = {
  /** Where clients connect: give clients that reconnect the function `() => gateway.url`, for each node has a port of its own. */
  readonly url: string
  token(user: string, options?: TokenOptions): Promise<string>
  readonly kafka: TestKafka
  /** A backend of the kit on the log in memory; it ends with the gateway. */
  backend(settings?: Partial<BackendSettings>): Backend
  /** The node dies as by kill -9, connections and all; resolves when another has taken over. */
  kill(): Promise<void>
  /** Nothing is stored for so long; resolves when that is over. */
  stallKafka(ms: number): Promise<void>
  /** The next frame of a client is stored, and its ack lost: the client is told `outcome-unknown`. */
  loseAck(): void
  /** A client that is welcome and does not read. */
  slowClient(user: string, options?: { readonly channels?: readonly string[] }): Promise<SlowClient>
  /** The tokens of the user's connections, of all without a user, end now; a fresh one is waited for `graceMs` (default 100). */
  expireToken(user?: string, graceMs?: number): void
  stop(): Promise<void>
}

const quiet = { debug: () => undefined, warn: () => undefined }

export async function createTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-testkit-'))
  const tokens = await createTokens(folder)
  const config = testConfig(tokens.jwksFile, options.config)
  const log = new MemoryLog()
  for (const { name, partitions } of wantedTopics(config)) log.create(name, partitions)
  const store = storeOf(config.delivery.leaseTtl)
  const faults = new Faults()
  const transport = createMemoryTransport(log, faults)
  const backends: Backend[] = []
  const ending: Promise<unknown>[] = []
  const { dispatch, channels, receipts } = config.topics
  const backend = (settings: Partial<BackendSettings> = {}): Backend => {
    const topics = { dispatch, channels, receipts }
    const made = createBackendOn(transport, { group: 'backend', log: quiet, topics, ...settings })
    backends.push(made)
    return made
  }
  let nodes = 0
  const start = (): Promise<TestNode> => {
    nodes += 1
    return startNode({ config: { ...config, node: `node-${nodes}` }, log, store, faults })
  }
  let node = await start()
  const slow: SlowClient[] = []
  return {
    get url() {
      return `ws://127.0.0.1:${node.gateway.port}`
    },
    token: tokens.token,
    kafka: createTestKafka(log, transport, (group) => backend({ group })),
    backend,
    async kill() {
      const dead = node
      await dead.kill()
      node = await start()
      ending.push(dead.stop())
    },
    stallKafka: (ms) => faults.stall(ms),
    loseAck: () => faults.loseAck(),
    async slowClient(user, given = {}) {
      const { port } = node.gateway
      const url = `ws://127.0.0.1:${port}`
      const client = await openSlowClient({ url, token: await tokens.token(user), ...given })
      slow.push(client)
      return client
    },
    expireToken(user, graceMs = 100) {
      for (const connection of node.connections())
        if (user === undefined || connection.principal?.user === user) expire(connection, graceMs)
    },
    async stop() {
      for (const client of slow) client.end()
      await Promise.all(backends.map((each) => each.stop()))
      await Promise.all([node.stop(), ...ending])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A registry that is as old as it has to be for its misses to count. */
function storeOf(leaseTtlMs: number): MemoryStore {
  let ago = 2 * leaseTtlMs
  const store = new MemoryStore(() => Date.now() - ago)
  const first = store.take('nobody', leaseTtlMs, 1, {})
  if (first) store.release(first)
  ago = 0
  return store
}
