// The log in memory for a test: what stands in it, and what it is given.
import { type Backend, createBackendOn } from '../consumers/kit/backend.ts'
import type { Handler } from '../consumers/kit/handling.ts'
import { toPayload, type Value } from '../consumers/kit/payload.ts'
import { type Place, toTexts } from '../consumers/kit/record.ts'
import type { Source } from '../consumers/kit/source.ts'
import type { Transport } from '../consumers/kit/transport.ts'
import type { MemoryLog } from '../gateway/broker/memory-log.ts'

export type TestRecord = Place & {
  readonly key: string | undefined
  readonly value: Buffer
  readonly text: string
  json(): unknown
  readonly headers: Readonly<Record<string, string>>
}

export type ProduceOptions = {
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type TestKafka = {
  /** Topics of the configuration are there; others have one partition unless they are made with more. */
  create(topic: string, partitions: number): void
  produce(topic: string, value: Value, options?: ProduceOptions): Promise<Place>
  /** What stands in it now, in the order of its partitions. */
  records(topic: string): readonly TestRecord[]
  /** Resolves with the first record that fits, those that stand there included; rejects after `timeoutMs` (default 5 s). */
  record(topic: string, fits?: (record: TestRecord) => boolean, timeoutMs?: number): Promise<TestRecord>
  /** Runs a handler of the backend kit, in a group of its own unless `source` names one. */
  consume(source: string | Source, handler: Handler): Promise<Backend>
}

const quiet = { debug: () => undefined, warn: () => undefined }
const mostRecords = 1_000_000

export function createTestKafka(
  log: MemoryLog,
  transport: Transport,
  backend: (group: string) => Backend,
): TestKafka {
  const own = createBackendOn(transport, { group: 'test-kit', log: quiet })
  let groups = 0
  const records = (topic: string): readonly TestRecord[] =>
    Array.from({ length: log.partitions(topic) ?? 0 }, (_, partition) =>
      log.read(topic, partition, 0, mostRecords).records.map(({ key, value, headers, offset }) => {
        const bytes = value ?? Buffer.alloc(0)
        return {
          topic,
          partition,
          offset,
          key: key?.toString(),
          value: bytes,
          text: bytes.toString(),
          json: () => JSON.parse(bytes.toString()) as unknown,
          headers: toTexts(headers as Record<string, Buffer>),
        }
      }),
    ).flat()
  return {
    create: (topic, partitions) => log.create(topic, partitions),
    produce(topic, value, { key, headers = {} } = {}) {
      if (key !== undefined) return own.publish(topic, value, { key, headers })
      const { bytes, contentType } = toPayload(value)
      const all = contentType === undefined ? headers : { 'content-type': contentType, ...headers }
      return own.publish(topic, bytes, { key: '', headers: all })
    },
    records,
    async record(topic, fits = () => true, timeoutMs = 5_000) {
      const late = AbortSignal.timeout(timeoutMs)
      for (;;) {
        const found = records(topic).find(fits)
        if (found) return found
        if (late.aborted)
          throw new Error(`no such record in ${topic} after ${timeoutMs} ms; it has ${records(topic).length}`)
        await log.changed(late)
      }
    },
    async consume(source, handler) {
      groups += 1
      const consuming = backend(`test-${groups}`)
      await consuming.consume(source, handler)
      return consuming
    },
  }
}
