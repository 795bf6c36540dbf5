// Settings of the way to Kafka.
import { z } from 'zod'
import { sasl } from './sasl-settings.ts'
import { callerTls } from './tls-settings.ts'
import { duration, size } from './units.ts'

const count = z.number().int().min(1)

export const kafka = z.strictObject({
  brokers: z
    .array(z.string().regex(/^.+:\d+$/, 'host:port'))
    .min(1)
    .default(['127.0.0.1:19092'])
    .describe('where the cluster is first asked'),
  clientId: z
    .string()
    .min(1)
    .default('openclaw-gateway')
    .describe('the name of this client in logs and quotas of Kafka'),
  ssl: callerTls.describe('true: TLS; or a section that says more'),
  sasl: sasl.optional(),
  compression: z
    .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    .default('gzip')
    .describe('of batches of 2 KiB and more'),
  connectionTimeout: duration.default(1_000).describe('for a connection to a broker'),
  requestTimeout: duration.default(10_000).describe('for one answer of a broker'),
  stallAfter: duration
    .default(5_000)
    .describe('a request without an answer for this long counts as Kafka lost'),
  lanes: count
    .max(16)
    .default(1)
    .describe('producers side by side; one topic and key always use the same one'),
  maxBatch: count.max(1_000).default(500).describe('records in one produce request'),
  maxBatchBytes: size
    .default(900 * 1024)
    .describe('bytes in one produce request (topics take 1 MiB by default)'),
  maxQueue: count.default(20_000).describe('records waiting per producer'),
  maxQueueBytes: size.default(64 * 1024 ** 2).describe('bytes waiting per producer'),
  publishTimeout: duration.default(30_000).describe('a record that is not acked by then is refused'),
  joinTimeout: duration.default(30_000).describe('for a consumer group to give us our partition'),
})
