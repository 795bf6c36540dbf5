// CPU of publishing: ours against bare kafkajs sendBatch, with 0, 6 and 13 headers, gzip or none, at a rate and flat out.
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafka } from '../gateway/broker/client.ts'
import { kafkajs } from '../gateway/broker/internals.ts'
import { createPublisher } from '../gateway/broker/publisher.ts'
import { settings } from '../gateway/config/settings.ts'
import type { OutgoingRecord } from '../gateway/inbound/ports.ts'

const brokers = (process.env['OPENCLAW_TEST_KAFKA'] ?? '127.0.0.1:19092').split(',')
const seconds = Number(process.argv[2] ?? 5)
const log = { debug: () => {}, info: () => {}, warn: console.warn }
const topic = `load.publisher.${Date.now()}`
const names = [
  'ce_specversion',
  'ce_source',
  'ce_id',
  'ce_type',
  'ce_subject',
  'ce_time',
  'ce_session',
  'ce_sequence',
]
names.push('ce_replyto', 'content-type', 'traceparent', 'ce_dataschema', 'x-device')
const values = [
  '1.0',
  '/openclaw/main',
  's-5b1c9d3e/000123',
  'openclaw.echo',
  'alice',
  '2026-01-01T00:00:00.000Z',
]
values.push('s-5b1c9d3e0f1a4c6b', '00000000000000000123', 'openclaw.slot.7', 'application/json')
values.push('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'proto:a.b.C', 'phone')

let made = 0
const record = (headers: number): OutgoingRecord => {
  const own: Record<string, string> = {}
  for (let i = 0; i < headers; i++)
    own[names[i] as string] = i === 2 ? `s-5b1c9d3e/${made}` : (values[i] as string)
  made += 1
  const value = Buffer.from(JSON.stringify({ text: 'hello there', n: made, pad: 'x'.repeat(80) }))
  return { topic, key: `user-${made % 500}`, value, headers: own }
}

type Sink = { send(record: OutgoingRecord, done: () => void): boolean; close(): Promise<void> }

const ours = async (compression: 'none' | 'gzip'): Promise<Sink> => {
  const config = { ...settings.shape.kafka.parse({}), brokers, compression }
  const publisher = createPublisher({ config, log })
  await publisher.connect()
  return {
    send: (one, done) => publisher.publish(one, done),
    close: () => publisher.close(1_000),
  }
}

/** The same self-clocked batching around sendBatch, and nothing else. */
const bare = async (compression: 'none' | 'gzip'): Promise<Sink> => {
  const kafka = createKafka({ ...settings.shape.kafka.parse({}), brokers }, { log })
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  let queue: { one: OutgoingRecord; done: () => void }[] = []
  let running = false
  const run = async () => {
    while (queue.length > 0) {
      const batch = queue.splice(0, 500)
      await producer.sendBatch({
        acks: -1,
        compression: compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
        topicMessages: [
          {
            topic,
            messages: batch.map(({ one }) => ({ key: one.key, value: one.value, headers: one.headers })),
          },
        ],
      })
      for (const { done } of batch) done()
    }
    running = false
  }
  return {
    send: (one, done) => {
      if (queue.length >= 20_000) return false
      queue.push({ one, done })
      if (!running) {
        running = true
        setImmediate(() => void run())
      }
      return true
    },
    close: () => producer.disconnect(),
  }
}

const measure = async (sink: Sink, headers: number, rate: number) => {
  let acked = 0
  let sent = 0
  const late: number[] = []
  const start = performance.now()
  const cpu = process.cpuUsage()
  const end = start + seconds * 1000
  while (performance.now() < end) {
    const due = rate === 0 ? sent + 500 : Math.floor(((performance.now() - start) / 1000) * rate)
    while (sent < due) {
      const at = performance.now()
      if (
        !sink.send(record(headers), () => {
          acked++
          late.push(performance.now() - at)
        })
      )
        break
      sent++
    }
    if (rate === 0) await new Promise((resolve) => setImmediate(resolve))
    else await sleep(1)
  }
  const until = performance.now() + 5000
  while (acked < sent && performance.now() < until) await sleep(5)
  const used = process.cpuUsage(cpu)
  late.sort((a, b) => a - b)
  const at = (part: number) => (late[Math.floor(late.length * part)] ?? Number.NaN).toFixed(1)
  return {
    acked,
    'per second': Math.round(acked / ((performance.now() - start) / 1000)),
    'CPU µs': ((used.user + used.system) / acked).toFixed(1),
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
  }
}

const admin = createKafka({ ...settings.shape.kafka.parse({}), brokers }, { log }).admin()
await admin.connect()
await admin.createTopics({
  topics: [
    {
      topic,
      numPartitions: 6,
      replicationFactor: 1,
      configEntries: [{ name: 'retention.bytes', value: '50000000' }],
    },
  ],
})
const table: object[] = []
for (const rate of [10_000, 0])
  for (const compression of ['none', 'gzip'] as const)
    for (const headers of [0, 6, 13])
      for (const [name, open] of [
        ['ours', ours],
        ['sendBatch', bare],
      ] as const) {
        const sink = await open(compression)
        await measure(sink, headers, 2_000).catch(() => {})
        table.push({
          publisher: name,
          rate: rate || 'max',
          compression,
          headers,
          ...(await measure(sink, headers, rate)),
        })
        console.log(JSON.stringify(table.at(-1)))
        await sink.close()
      }
console.table(table)
await admin.deleteTopics({ topics: [topic] })
await admin.disconnect()
