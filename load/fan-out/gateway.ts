// The gateway as it is run, its channels on a real Kafka: one process, topics of its own, and the producer that publishes for us.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Admin, Producer } from 'kafkajs'
import { freePorts } from '../../cli/stack/ports.ts'
import { startStack } from '../../cli/stack/stack.ts'
import { createKafka } from '../../gateway/broker/client.ts'
import { settings } from '../../gateway/config/settings.ts'
import { type Child, findLine } from '../child.ts'
import { audience, issuer, makeTokens } from '../tokens.ts'
import type { Greeting, Order } from './notes.ts'
import type { FanOutOptions } from './options.ts'
import type { Side, Start } from './side.ts'

export type GatewayKafka = {
  /** Tokens for as many listeners as there ever are. */
  readonly tokens: readonly string[]
  /** The keys that they are signed with. */
  readonly jwksFile: string
  /** Undefined where a given one is used. */
  readonly pid: number | undefined
  startGateway(greeting: Greeting, start: Start): Promise<Side>
  /** So many nodes of one cluster that takes these API keys, too: records of the topic of keys, by their ids. */
  startNodes(count: number, start: Start, keys: ReadonlyMap<string, object>): Promise<readonly Node[]>
  stop(): Promise<void>
}

export type Node = { readonly child: Child; readonly port: number }

const cli = join(import.meta.dirname, '../../cli/main.ts')
const silent = { debug: () => {}, info: () => {}, warn: () => {} }
const slots = 2
/** Records of keys in one request. */
const atOnce = 1_000

const portIn = (line: string): number | undefined =>
  line.includes('clients listening') ? Number(/ws:\/\/[\d.]+:(\d+)/.exec(line)?.[1]) : undefined

/** Names of topics that no other gateway has. */
const topicsOf = (prefix: string) => ({
  slot: `${prefix}.slot.`,
  dispatch: `${prefix}.dispatch`,
  receipts: `${prefix}.receipts`,
  quarantine: `${prefix}.quarantine`,
  channels: `${prefix}.channels`,
  events: `${prefix}.events`,
  sessions: `${prefix}.sessions`,
  revocations: `${prefix}.revocations`,
  keys: `${prefix}.keys`,
})

const createTopics = async (admin: Admin, topics: ReturnType<typeof topicsOf>): Promise<void> => {
  const { slot, ...others } = topics
  const names = [...Array.from({ length: slots }, (_, n) => `${slot}${n}`), ...Object.values(others)]
  const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
  await admin.createTopics({
    waitForLeaders: true,
    topics: names.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1, configEntries })),
  })
}

/** One produce request for each burst, so that it is read as one batch. */
const senderOf = (producer: Producer, topic: string) => {
  let messages: { value: string; headers: Record<string, string> }[] = []
  return {
    set({ payload, burst }: Order): Promise<void> {
      const headers = { ce_to: 'channel:room:1', 'content-type': 'application/json' }
      messages = Array.from({ length: burst }, () => ({ value: payload, headers }))
      return Promise.resolve()
    },
    async go(): Promise<void> {
      await producer.send({ topic, acks: -1, messages })
    },
  }
}

/** What is to be there: tokens for the most `subscribers`, and a Kafka and a Redis of our own where none are given. */
export type KafkaPlan = Pick<FanOutOptions, 'subscribers' | 'kafka' | 'redis'>

/** From the flags `--kafka host:port,…` and `--redis url`. */
export const toPlan = (
  connections: number,
  { kafka, redis }: { readonly kafka?: string | undefined; readonly redis?: string | undefined },
): KafkaPlan => ({ subscribers: [connections], kafka: kafka?.split(','), redis })

/** Starts a Kafka and a Redis, or uses those that were given. */
export const startKafka = async (options: KafkaPlan, signal: AbortSignal): Promise<GatewayKafka> => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-fan-out-'))
  const [kafkaPort = 0, redisPort = 0] = await freePorts(2)
  const { kafka: given, redis: redisUrl } = options
  const stack = await startStack({
    kafkaPort,
    redisPort,
    brokers: given,
    redisUrl,
    dataDir: folder,
    persistent: false,
    signal,
  })
  const brokers = [...stack.brokers]
  const kafka = createKafka({ ...settings.shape.kafka.parse({}), brokers }, { log: silent })
  const admin = kafka.admin()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await Promise.all([admin.connect(), producer.connect()])
  const jwksFile = join(folder, 'jwks.json')
  writeFileSync(join(folder, 'secret'), 'a secret of the load only')
  const tokens = await makeTokens(jwksFile, Math.max(...options.subscribers))
  let clusters = 0
  const startCluster = async (count: number, start: Start, keys: ReadonlyMap<string, object> = new Map()) => {
    const name = `load-${process.pid}-${++clusters}`
    const topics = topicsOf(name)
    await createTopics(admin, topics)
    const messages = [...keys].map(([key, record]) => ({ key, value: JSON.stringify(record) }))
    for (let at = 0; at < messages.length; at += atOnce)
      await producer.send({ topic: topics.keys, acks: -1, messages: messages.slice(at, at + atOnce) })
    const config = {
      cluster: name,
      listen: { host: '127.0.0.1', port: 0 },
      admin: { host: '127.0.0.1', port: 0 },
      kafka: { brokers },
      redis: { url: stack.redisUrl },
      session: { secrets: ['${file:secret}'] },
      auth: { jwt: [{ issuer, audience, jwksFile }], apiKeys: { enabled: keys.size > 0 } },
      delivery: { slots, resumeWindow: '1h', confirmTimeout: '1h' },
      drain: { spread: '0s', timeout: '5s' },
      // No pings of its own while we measure.
      heartbeat: '20m',
      topics,
      channels: { 'room:{room}': { subscribe: true } },
    }
    const file = join(folder, `${name}.yaml`)
    writeFileSync(file, JSON.stringify(config))
    const nodes = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const child = start(n === 0 ? 'gateway' : `gateway-${n}`, [cli, 'start', '--config', file])
        return { child, port: await findLine(child, portIn) }
      }),
    )
    return { nodes, topics }
  }
  return {
    tokens,
    jwksFile,
    pid: stack.kafka?.pid,
    async startGateway(greeting, start) {
      const { nodes, topics } = await startCluster(1, start)
      const [{ child, port }] = nodes as [Node]
      const sender = senderOf(producer, topics.channels)
      return { name: 'gateway', child, port, greeting, ...sender, stop: () => child.stop() }
    },
    startNodes: async (count, start, keys) => (await startCluster(count, start, keys)).nodes,
    async stop() {
      await Promise.all([admin.disconnect(), producer.disconnect()])
      await stack.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
