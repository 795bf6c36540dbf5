// A slot's reader frozen, killed, lied to and stopped half-way: one holder at a time, and nothing of the others remains.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createBroker } from '../../../gateway/broker/broker.ts'
import { Group } from '../../../gateway/broker/group.ts'
import { Wire } from '../../../gateway/broker/wire.ts'
import type { IncomingRecord, SlotReaderOptions } from '../../../gateway/delivery/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

const programs = join(import.meta.dirname, 'programs')

type Said = { joined?: true; read?: number; lost?: string }
type Other = { readonly child: ChildProcess; readonly said: Said[]; reads(): number[] }

/** Another node: a process that reads the slot under `epoch`. It ends with `t`. */
async function otherReader(
  t: TestContext,
  brokers: readonly string[],
  topic: string,
  epoch: number,
): Promise<Other> {
  const child = spawn(
    process.execPath,
    [join(programs, 'slot-reader.ts'), brokers.join(','), topic, String(epoch)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  onEnd(t, () => void child.kill('SIGKILL'))
  const said: Said[] = []
  let rest = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) said.push(JSON.parse(line) as Said)
  })
  await waitFor(() => said.some(({ joined }) => joined), {
    timeoutMs: 20_000,
    describe: 'the other reader to join',
  })
  return { child, said, reads: () => said.flatMap(({ read }) => read ?? []) }
}

async function start(t: TestContext, given: { joinTimeout?: number } = {}) {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const topic = randomName('slot')
  await kafka.createTopics([{ topic }])
  const config = kafkaConfig({ brokers: [...brokers], ...given })
  const broker = createBroker(config, { log: silent })
  const wire = new Wire({ config, log: silent })
  onEnd(t, () => broker.close(1_000))
  onEnd(t, () => wire.close())
  const group = new Group(wire, topic)
  const send = (...values: string[]) =>
    kafka.send(
      topic,
      values.map((value) => ({ key: 'k', value })),
    )
  const read = async (epoch: number, options: Partial<SlotReaderOptions> = {}) => {
    const seen: IncomingRecord[] = []
    const lost: string[] = []
    const reader = await broker.logs.readSlot({
      topic,
      group: topic,
      epoch,
      mayServe: () => true,
      onBatch: (records) => void seen.push(...records),
      settledOffset: () => undefined,
      onLost: (reason) => void lost.push(reason),
      onGap: () => true,
      ...options,
    })
    onEnd(t, () => reader.stop(2_000))
    return { reader, lost, offsets: () => seen.map(({ offset }) => offset) }
  }
  return { brokers, kafka, topic, group, send, read }
}

test('a killed holder is evicted: its successor reads what was not settled within two seconds', async (t) => {
  const { brokers, kafka, topic, send, read } = await start(t)
  const dead = await otherReader(t, brokers, topic, 1)
  await send('a', 'b', 'c')
  await waitFor(async () => (await kafka.committed(topic, topic)) === 3, { timeoutMs: 5_000 })
  await send('d')
  await waitFor(() => dead.reads().length === 4)
  dead.child.kill('SIGKILL')
  const killed = performance.now()
  const next = await read(2)
  await waitFor(() => next.offsets().includes(3), { timeoutMs: 5_000 })
  const took = performance.now() - killed
  t.diagnostic(JSON.stringify({ firstRecordAfterKillMs: Math.round(took) }))
  assert.ok(took < 2_000, `${took} ms`)
  // The dead one may have committed the last record, too, just before: never less than what was committed is read.
  assert.ok(next.offsets().every((offset) => offset >= 3))
})

test('a frozen holder that thaws commits nothing, is told, and does not get the slot back', async (t) => {
  const { brokers, kafka, topic, group, send, read } = await start(t)
  const frozen = await otherReader(t, brokers, topic, 1)
  await send('a', 'b')
  await waitFor(async () => (await kafka.committed(topic, topic)) === 2, { timeoutMs: 5_000 })
  frozen.child.kill('SIGSTOP')
  const next = await read(2)
  await send('c', 'd', 'e')
  await waitFor(() => next.offsets().length === 3)
  frozen.child.kill('SIGCONT')
  await waitFor(() => frozen.said.some(({ lost }) => lost !== undefined), { timeoutMs: 15_000 })
  // It leaves by itself: a standby member would take part in every later rebalance.
  await waitFor(async () => (await group.members()).length === 1, { timeoutMs: 10_000 })
  await send('f')
  await waitFor(() => next.offsets().length === 4)
  assert.deepEqual(next.offsets(), [2, 3, 4, 5])
  assert.deepEqual(next.lost, [])
  assert.equal(frozen.said.filter(({ lost }) => lost !== undefined).length, 1)
  assert.equal(await kafka.committed(topic, topic), 2, 'nobody but the loser had anything to commit')
  assert.equal(await next.reader.stillOwner(2_000), 'owner')
})

test('a reader that gave up joining leaves nothing behind, also when its join ends later', async (t) => {
  const { brokers, topic, group, read } = await start(t, { joinTimeout: 1_000 })
  // Has the higher epoch and answers nothing: the group waits for it, and we may not evict it.
  const frozen = await otherReader(t, brokers, topic, 9)
  frozen.child.kill('SIGSTOP')
  await assert.rejects(read(5), { name: 'BrokerFailure', kind: 'busy' })
  const clients = async () => (await group.members()).map(({ clientId }) => clientId)
  frozen.child.kill('SIGCONT')
  await waitFor(async () => !(await clients()).some((id) => id.endsWith('-5')), {
    timeoutMs: 15_000,
    describe: 'the one that gave up to be gone from the group',
  })
  await waitFor(async () => (await clients()).join() === 'openclaw-gateway-9', { timeoutMs: 15_000 })
  assert.deepEqual(
    frozen.said.filter(({ lost }) => lost !== undefined),
    [],
  )
})

test('where there is no Kafka, readers that gave up and a closed publisher let the process end', async (t) => {
  const child = spawn(process.execPath, [join(programs, 'no-kafka.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onEnd(t, () => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await waitFor(() => said !== '', { timeoutMs: 10_000 })
  await waitFor(() => child.exitCode !== null, { timeoutMs: 5_000, describe: 'the process to end by itself' })
  assert.equal(child.exitCode, 0)
  assert.equal(said, 'rejected rejected fulfilled\n')
})
