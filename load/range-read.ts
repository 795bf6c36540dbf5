// Measures reading parts of logs: `node load/range-read.ts` prints milliseconds and CPU for 10,000 and 100,000 records of 300 B.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../cli/stack/kafka.ts'
import { freePorts } from '../cli/stack/ports.ts'
import { type Broker, createBroker } from '../gateway/broker/broker.ts'
import { type KafkaConfig, settings } from '../gateway/config/settings.ts'

const rounds = 5
const slots = 64
const timeoutMs = 30_000
const { signal } = new AbortController()

const folder = mkdtempSync(join(tmpdir(), 'openclaw-range-'))
const [port = 0, controllerPort = 0] = await freePorts(2)
const logFile = join(folder, 'kafka.log')
const kafka = await startKafka({ port, controllerPort, dataDir: join(folder, 'kafka'), logFile })
const config: KafkaConfig = { ...settings.shape.kafka.parse({}), brokers: [...kafka.brokers] }
const silent = { debug: () => {}, info: () => {}, warn: () => {} }
const open = (compression: KafkaConfig['compression']) =>
  createBroker({ ...config, compression }, { log: silent })

/** As a delivery: random letters, which compress a little, and the headers that most have. */
const fill = async (broker: Broker, topic: string, count: number): Promise<void> => {
  await broker.topics.create([{ name: topic, partitions: 1, replication: 1, configs: {}, purpose: 'load' }])
  const publisher = broker.publisher()
  for (let sent = 0; sent < count; ) {
    const batch = Array.from({ length: Math.min(10_000, count - sent) }, () => {
      const headers = {
        ce_to: 'session:3f0c1d2e4b5a69788796a5b4c3d2e1f0',
        'content-type': 'application/json',
      }
      const value = Buffer.from(randomBytes(150).toString('hex'))
      return new Promise((resolve) => publisher.publish({ topic, key: 'k', value, headers }, resolve))
    })
    await Promise.all(batch)
    sent += batch.length
  }
}

type Cost = { readonly ms: number; readonly cpu: number }

const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
  const before = process.cpuUsage()
  const since = performance.now()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - since, cpu: user + system }
}

const read = async (broker: Broker, topic: string, count: number): Promise<void> => {
  let seen = 0
  const onChunk = ({ records }: { records: readonly unknown[] }) => {
    seen += records.length
  }
  await broker.ranges.read(topic, 0, count, { timeoutMs, signal, onChunk })
  if (seen !== count) throw new Error(`${seen} records of ${count}`)
}

const print = (what: string, count: number, costs: readonly Cost[]) => {
  const ms = costs.map((cost) => cost.ms.toFixed(0)).join(' ')
  const each = costs.map(({ cpu }) => (cpu / count).toFixed(2)).join(' ')
  console.log(`${what.padEnd(32)} ms: ${ms.padEnd(24)} µs CPU each: ${each}`)
}

try {
  for (const compression of ['none', 'gzip'] as const) {
    const filler = open(compression)
    for (const count of [10_000, 100_000]) {
      const topic = `range-${compression}-${count}`
      await fill(filler, topic, count)
      const warm: Cost[] = []
      const broker = open(compression)
      print(`${count} ${compression}, cold`, count, [await costOf(() => read(broker, topic, count))])
      for (let i = 0; i < rounds; i++) warm.push(await costOf(() => read(broker, topic, count)))
      print(`${count} ${compression}, warm`, count, warm)
      await broker.close(1_000)
    }
    await filler.close(1_000)
  }
  const broker = open('none')
  const topics = Array.from({ length: slots }, (_, slot) => `slot-${slot}`)
  const wanted = { partitions: 1, replication: 1, configs: {}, purpose: 'load' }
  await broker.topics.create(topics.map((name) => ({ name, ...wanted })))
  const lags: Cost[] = []
  for (let i = 0; i < rounds; i++) lags.push(await costOf(() => broker.ranges.lags(topics, timeoutMs)))
  print(`lags of ${slots} slots`, slots, lags)
  await broker.close(1_000)
} finally {
  await kafka.kill()
  rmSync(folder, { recursive: true, force: true })
}
