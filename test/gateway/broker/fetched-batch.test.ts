// What a fetch brings: batches cut out of it, unpacked whatever packed them, and never read beyond where they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toPart } from '../../../gateway/broker/entry.ts'
import { cutBatches, readRecords, unpack } from '../../../gateway/broker/fetched-batch.ts'
import { encodeBatch } from '../../../gateway/broker/record-batch.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { recordOf } from './contract-fixture.ts'
import { javaBatches } from './java-batches.ts'

const place = { topic: 't', partition: 3 }
const everything = { from: 0, to: Number.POSITIVE_INFINITY }

const readAll = async (set: Buffer, range = everything): Promise<IncomingRecord[]> => {
  const records: IncomingRecord[] = []
  for (const batch of cutBatches(set)) readRecords(batch, await unpack(batch), place, range, records)
  return records
}

const encoded = async (
  firstOffset: number,
  texts: readonly string[],
  compression: 'none' | 'zstd' = 'none',
) => {
  const entries = texts.map((text) => ({
    record: recordOf('t', `k${text}`, text),
    onOutcome: () => {},
    deadline: 0,
    size: 100,
    settled: false,
  }))
  const part = toPart('t', 0, entries)
  const bytes = await encodeBatch(part, { id: 5n, epoch: 0 }, compression, 1_700_000_000_000)
  bytes.writeBigInt64BE(BigInt(firstOffset), 0)
  return bytes
}

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const)
  test(`a ${codec} batch of Java's is read`, async () => {
    const records = await readAll(Buffer.from(javaBatches[codec], 'base64'))
    assert.deepEqual(
      records.map(({ offset, timestamp, key }) => [offset, timestamp, String(key)]),
      [0, 1, 2].map((n) => [n, 1_700_000_000_000 + n, `key-${n}`]),
    )
    assert.ok(records.every(({ value }, n) => String(value).startsWith(`record ${n} part 0`)))
  })

test('batches behind each other are read in order, and a last one that did not fit is left for the next fetch', async () => {
  const set = Buffer.concat([
    await encoded(7, ['a', 'b']),
    await encoded(12, ['c']),
    await encoded(13, ['d']),
  ])
  const all = await readAll(set)
  assert.deepEqual(
    all.map(({ offset, value }) => `${offset} ${String(value)}`),
    ['7 a', '8 b', '12 c', '13 d'],
  )
  const first = all[0] as IncomingRecord
  assert.deepEqual(
    { ...first, headers: { ...first.headers } },
    {
      topic: 't',
      partition: 3,
      offset: 7,
      timestamp: 1_700_000_000_000,
      key: Buffer.from('ka'),
      value: Buffer.from('a'),
      headers: { n: Buffer.from('a') },
    },
  )
  const lengths = cutBatches(set).map(({ packed }) => packed.length + 61)
  const whole = (lengths[0] as number) + (lengths[1] as number)
  for (let length = whole; length < set.length; length++)
    assert.equal(cutBatches(set.subarray(0, length)).length, 2)
  assert.deepEqual(cutBatches(Buffer.alloc(0)), [])
})

test('of a batch only the wanted offsets are read', async () => {
  const set = await encoded(100, ['a', 'b', 'c', 'd'], 'zstd')
  const offsets = async (from: number, to: number) =>
    (await readAll(set, { from, to })).map(({ offset }) => offset)
  assert.deepEqual(await offsets(101, 103), [101, 102])
  assert.deepEqual(await offsets(0, 100), [])
  assert.deepEqual(await offsets(104, 200), [])
  assert.deepEqual(
    cutBatches(set).map(({ firstOffset, nextOffset }) => [firstOffset, nextOffset]),
    [[100, 104]],
  )
})

test('the time of a batch that the broker stamped is that of each of its records', async () => {
  const set = await encoded(0, ['a', 'b'])
  set.writeInt16BE(0x8, 21)
  set.writeBigInt64BE(1_800_000_000_000n, 35)
  assert.deepEqual(
    (await readAll(set)).map(({ timestamp }) => timestamp),
    [1_800_000_000_000, 1_800_000_000_000],
  )
})

test('a batch that says more than it holds, or is packed as nothing we know, is refused', async () => {
  const long = await encoded(0, ['a', 'b'])
  long.writeInt32BE(5, 57)
  await assert.rejects(readAll(long), RangeError)
  const unknown = await encoded(0, ['a'])
  unknown.writeInt16BE(6, 21)
  await assert.rejects(readAll(unknown), /compression 6/)
  const old = await encoded(0, ['a'])
  old[16] = 1
  await assert.rejects(readAll(old), /format/)
})
