// Record batches: ours as kafkajs and Kafka read them, Java's as we read them, in every compression.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { codecs, registerCodecs } from '../../../gateway/broker/codecs.ts'
import { sizeOf } from '../../../gateway/broker/entry.ts'
import { encodeBatch } from '../../../gateway/broker/record-batch.ts'
import type { Publishable } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { createTopic, outcomeOf, readSlot } from './contract-fixture.ts'
import { kafkaConfig, silent } from './fixture.ts'
import { javaBatches } from './java-batches.ts'

const load = createRequire(import.meta.url)
type Decoded = {
  readonly producerId: string
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly records: readonly {
    readonly offset: string
    readonly timestamp: string
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers: Readonly<Record<string, Buffer>>
  }[]
}
const decodeBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (from: object) => Promise<Decoded>
const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object
const theirCrc = load('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number
registerCodecs()

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const toEntry = (record: Publishable) => ({
  record,
  size: sizeOf(record),
  onOutcome: () => undefined,
  deadline: 0,
  settled: false,
})
const record = fc.record({
  topic: fc.constant('t'),
  key: fc.option(fc.string({ unit: 'grapheme', maxLength: 150 })),
  value: fc.option(fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes))),
  headers: fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => !(name in {})),
    fc.string({ unit: 'grapheme', maxLength: 150 }),
    { maxKeys: 13 },
  ),
})

test('what we encode is what kafkajs decodes, with the right checksum', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(...compressions),
      async (records, compression) => {
        const producer = { id: 2n ** 60n + 1n, epoch: 7 }
        const part = { entries: records.map(toEntry), sequence: 2 ** 31 - 1 }
        const bytes = await encodeBatch(part, producer, compression, 1_772_366_400_250)
        assert.equal(bytes.readUInt32BE(17), theirCrc(bytes.subarray(21)))
        const batch = await decodeBatch(new Decoder(bytes))
        assert.equal(batch.producerId, String(producer.id))
        assert.deepEqual([batch.producerEpoch, batch.firstSequence], [7, 2 ** 31 - 1])
        assert.equal(batch.records.length, records.length)
        for (const [n, read] of batch.records.entries()) {
          const given = records[n] as Publishable
          assert.equal(read.offset, String(n))
          assert.equal(read.timestamp, '1772366400250')
          assert.equal(read.key?.toString() ?? null, given.key)
          assert.deepEqual(read.value, given.value)
          const headers = Object.entries(read.headers).map(([name, value]) => [name, value.toString()])
          assert.deepEqual(headers, Object.entries(given.headers))
        }
      },
    ),
    { numRuns: 200 },
  )
})

for (const [compression, base64] of Object.entries(javaBatches)) {
  test(`a ${compression} batch of Java's is read`, async () => {
    const { records } = await decodeBatch(new Decoder(Buffer.from(base64, 'base64')))
    assert.deepEqual(
      records.map(({ key, headers }) => [String(key), String(headers['n'])]),
      [0, 1, 2].map((n) => [`key-${n}`, String(n)]),
    )
    assert.match(String(records[2]?.value), /^record 2 part 0 record 2 part 919 /)
  })
}

test('a snappy stream of several blocks is read, and one that is cut off is refused', async () => {
  const raw = Buffer.alloc(200_000, 'a long text, ')
  const packed = await codecs.snappy.compress(raw)
  assert.ok((await codecs.snappy.decompress(packed)).equals(raw))
  await assert.rejects(codecs.snappy.decompress(packed.subarray(0, packed.length - 5)))
})

test('Kafka takes batches in every compression, and they are read again', async (t) => {
  const { brokers } = await testStack()
  const values = Array.from({ length: 200 }, (_, n) => `${n} `.repeat(500))
  const there = async (compression: (typeof compressions)[number]) => {
    const broker = createBroker(kafkaConfig({ brokers: [...brokers], compression }), { log: silent })
    onEnd(t, () => broker.close(2_000))
    const topic = await createTopic(broker)
    const publisher = broker.publisher()
    const record = { topic, key: 'k', headers: { c: compression } }
    const outcomes = await Promise.all(
      values.map((text) => outcomeOf(publisher, { ...record, value: Buffer.from(text) })),
    )
    assert.ok(outcomes.every(({ ok }) => ok))
    const { seen, texts } = await readSlot(t, broker, topic, 1)
    await waitFor(() => seen.length === values.length)
    assert.deepEqual(texts(), values)
    assert.equal(String(seen[0]?.headers['c']), compression)
  }
  await Promise.all(compressions.map(there))
})
