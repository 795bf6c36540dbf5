// A shared group: what is handled is committed and nothing else, members share the partitions, and one may die.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { createBroker } from '../../../gateway/broker/broker.ts'
import type { SharedReaderOptions } from '../../../gateway/delivery/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

async function start(t: TestContext, partitions: number) {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const topic = randomName('shared')
  await kafka.createTopics([{ topic, partitions }])
  const broker = createBroker(kafkaConfig({ brokers: [...brokers] }), { log: silent })
  onEnd(t, () => broker.close(1_000))
  const read = async (onBatch: SharedReaderOptions['onBatch'], maxAge?: number) => {
    const age = maxAge === undefined ? {} : { maxAge }
    const reader = await broker.logs.readShared({ topics: [topic], group: topic, ...age, onBatch })
    onEnd(t, () => reader.stop(2_000))
    return reader
  }
  const send = (...values: string[]) =>
    kafka.send(
      topic,
      values.map((value) => ({ key: value, value })),
    )
  return { brokers, kafka, topic, read, send }
}

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `v${from + i}`)

test('a batch is committed when it was handled, not before', async (t) => {
  const { kafka, topic, read, send } = await start(t, 1)
  const handling = Promise.withResolvers<void>()
  const seen: string[] = []
  await read(async (records) => {
    seen.push(...records.map(({ value }) => String(value)))
    await handling.promise
  })
  await send('a', 'b')
  await waitFor(() => seen.length > 0)
  assert.ok((await kafka.committed(topic, topic)) <= 0)
  handling.resolve()
  await waitFor(async () => (await kafka.committed(topic, topic)) === 2)
  assert.deepEqual(seen, ['a', 'b'])
})

test('a rejected batch is read again before what follows it, and a stopped member handles nothing more', async (t) => {
  const { kafka, topic, read, send } = await start(t, 1)
  const tries: string[] = []
  let failures = 3
  const reader = await read(async (records) => {
    await Promise.resolve()
    tries.push(String(records[0]?.value))
    if (failures-- > 0) throw new Error('not now')
  })
  await send('a')
  await waitFor(() => tries.length >= 2)
  await send('b')
  await waitFor(async () => (await kafka.committed(topic, topic)) === 2)
  assert.deepEqual(tries.slice(0, 4), ['a', 'a', 'a', 'a'])
  await reader.stop(2_000)
  const before = tries.length
  await send('c')
  const again: string[] = []
  await read((records) => {
    again.push(...records.map(({ value }) => String(value)))
    return Promise.resolve()
  })
  await waitFor(() => again.length === 1)
  assert.deepEqual(again, ['c'])
  assert.equal(tries.length, before)
})

test('two members share the partitions; the one that stays has all when the other is killed', async (t) => {
  const { brokers, topic, read, send } = await start(t, 4)
  const ours: string[] = []
  await read((records) => {
    ours.push(...records.map(({ value }) => String(value)))
    return Promise.resolve()
  })
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'programs', 'shared-reader.ts'), brokers.join(','), topic],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  onEnd(t, () => void child.kill('SIGKILL'))
  const theirs: string[] = []
  createInterface(child.stdout).on('line', (line) => void theirs.push(line))
  await waitFor(() => theirs.includes('joined'), { timeoutMs: 20_000 })
  await send(...names(0, 100))
  await waitFor(() => ours.length + theirs.length - 1 >= 100, { timeoutMs: 10_000 })
  assert.ok(ours.length > 0 && theirs.length > 1, `${ours.length} here, ${theirs.length - 1} there`)
  child.kill('SIGKILL')
  const killed = performance.now()
  await send(...names(100, 200))
  const all = () => new Set([...ours, ...theirs.slice(1)])
  await waitFor(() => all().size === 200, { timeoutMs: 25_000 })
  t.diagnostic(JSON.stringify({ allReadAfterKillMs: Math.round(performance.now() - killed) }))
  const repeated = ours.length - new Set(ours).size
  assert.equal(repeated, 0)
})

test('a group that is new to a topic passes over what is too old, where it is told to', async (t) => {
  const { kafka, topic, read, send } = await start(t, 1)
  const timestamp = String(Date.now() - 3_600_000)
  const value = randomBytes(100_000)
  for (let n = 0; n < 40; n += 8)
    await kafka.send(
      topic,
      Array.from({ length: 8 }, () => ({ value, timestamp })),
    )
  await send('new')
  const seen: string[] = []
  await read(async (records) => void seen.push(...records.map((record) => String(record.value))), 600_000)
  await waitFor(() => seen.includes('new'))
  assert.ok(seen.length < 20, `${seen.length} of 41 were handled`)
  await send('newer')
  await waitFor(() => seen.at(-1) === 'newer')
  await waitFor(async () => (await kafka.committed(topic, topic)) === 42)
})
