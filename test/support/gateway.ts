// Whole gateways for tests: topics of their own on the shared Kafka, in this process or in one that can be killed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createGateway, type Gateway } from '../../gateway/compose/gateway.ts'
import { fieldAt } from '../../gateway/config/fields.ts'
import { loadConfig, type Overrides } from '../../gateway/config/load.ts'
import { onEnd } from './cleanup.ts'
import { type TestKafka, testKafka } from './kafka.ts'
import { audience, issuer, writeJwks } from './keys.ts'
import { randomName } from './names.ts'
import { type TestStack, testStack } from './stack.ts'
import { waitFor } from './wait.ts'

/** Topics, registry keys and settings that the nodes of one test share. */
export type Cluster = {
  readonly kafka: TestKafka
  readonly stack: TestStack
  readonly name: string
  /** Topic of the route `echo`. */
  readonly echo: string
  readonly topics: {
    readonly slot: string
    readonly dispatch: string
    readonly channels: string
    readonly events: string
    readonly receipts: string
    readonly quarantine: string
    readonly keys: string
    readonly revocations: string
  }
  readonly overrides: Overrides
  readonly folder: string
}

export type ClusterOptions = {
  readonly slots?: number
  readonly overrides?: Overrides
  readonly stack?: TestStack
}

/** Makes the topics of a cluster of its own. */
export async function testCluster(t: TestContext, options: ClusterOptions = {}): Promise<Cluster> {
  const stack = options.stack ?? (await testStack())
  const { slots = 3 } = options
  const name = randomName('c')
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-cluster-'))
  onEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  const topicOf = (what: string) => `${name}.${what}`
  const topics = {
    slot: topicOf('slot.'),
    dispatch: topicOf('dispatch'),
    events: topicOf('events'),
    sessions: topicOf('sessions'),
    receipts: topicOf('receipts'),
    quarantine: topicOf('quarantine'),
    channels: topicOf('channels'),
    revocations: topicOf('revocations'),
    keys: topicOf('keys'),
  }
  const kafka = testKafka(t, stack.brokers)
  const echo = topicOf('echo')
  await kafka.createTopics([
    ...Array.from({ length: slots }, (_, slot) => ({ topic: `${topics.slot}${slot}` })),
    { topic: topics.dispatch, partitions: 2 },
    { topic: echo, partitions: 2 },
    ...[topics.receipts, topics.quarantine, topics.channels, topics.events, topics.sessions].map((topic) => ({
      topic,
    })),
    ...[topics.keys, topics.revocations].map((topic) => ({ topic })),
  ])
  const overrides: Overrides = {
    cluster: name,
    log: { level: 'silent' },
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    kafka: { brokers: [...stack.brokers] },
    redis: { url: stack.redisUrl },
    session: { secrets: ['a secret of the tests only'] },
    auth: { jwt: [{ issuer, audience, jwksFile: await writeJwks(folder), tenantClaim: 'tenant' }] },
    delivery: { slots, leaseTtl: 3_000 },
    drain: { spread: 50, timeout: 5_000 },
    health: { canaryEvery: 500 },
    topics,
    routes: { echo: { topic: echo, match: [{ path: '/echo' }] } },
  }
  return {
    kafka,
    stack,
    name,
    echo,
    topics,
    folder,
    overrides: merge(overrides, options.overrides ?? {}) as Overrides,
  }
}

/** Starts a node in this process; it stops with `t`. */
export async function startNode(
  t: TestContext,
  cluster: Cluster,
  overrides: Overrides = {},
): Promise<Gateway> {
  const node = randomName('n')
  const loaded = loadConfig({
    env: {},
    overrides: merge(cluster.overrides, { node, ...overrides }) as Overrides,
  })
  if (!loaded.ok)
    throw new Error(loaded.problems.map(({ where, message }) => `${where}: ${message}`).join('\n'))
  const gateway = await createGateway(loaded.config)
  onEnd(t, () => gateway.stop())
  await gateway.start()
  await waitFor(() => gateway.readiness().ready, {
    timeoutMs: 30_000,
    describe: () => `a ready node; ${JSON.stringify(gateway.readiness())}`,
  })
  return gateway
}

/** Writes the configuration of a node for a process of its own, and answers the file's path. */
export function writeConfig(cluster: Cluster, overrides: Overrides = {}): string {
  const file = join(cluster.folder, `${randomName('openclaw')}.yaml`)
  const settings = withSecretFiles(merge(cluster.overrides, overrides), cluster.folder)
  writeFileSync(file, JSON.stringify(settings))
  return file
}

/** Every secret in a file of its own: none may stand in a configuration. */
function withSecretFiles(value: unknown, folder: string, path: readonly (string | number)[] = []): unknown {
  if (Array.isArray(value)) return value.map((each, at) => withSecretFiles(each, folder, [...path, at]))
  if (isPlain(value)) {
    const entries = Object.entries(value)
    return Object.fromEntries(
      entries.map(([key, each]) => [key, withSecretFiles(each, folder, [...path, key])]),
    )
  }
  if (typeof value !== 'string' || !fieldAt(path)?.secret) return value
  const file = join(folder, randomName('secret'))
  writeFileSync(file, value, { mode: 0o600 })
  return `\${file:${file}}`
}

function merge(base: unknown, over: unknown): unknown {
  if (!isPlain(base) || !isPlain(over)) return over === undefined ? base : over
  const keys = new Set([...Object.keys(base), ...Object.keys(over)])
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], over[key])]))
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
