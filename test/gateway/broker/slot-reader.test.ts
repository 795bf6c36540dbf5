// A slot changes hands: from a frozen holder that thaws, and how soon; how late a record is that is read live.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createBroker } from '../../../gateway/broker/broker.ts'
import type { Publisher } from '../../../gateway/inbound/ports.ts'
import { onEnd } from '../../support/cleanup.ts'
import { testKafka } from '../../support/kafka.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { createTopic, outcomeOf, readSlot, recordOf } from './contract-fixture.ts'
import { kafkaConfig, silent } from './fixture.ts'
import type { Said } from './slot-process.ts'

const start = async (t: TestContext) => {
  const { brokers } = await testStack()
  const broker = createBroker(kafkaConfig({ brokers: [...brokers] }), { log: silent })
  onEnd(t, () => broker.close(2_000))
  const topic = await createTopic(broker)
  return { brokers, broker, topic, publisher: broker.publisher(), kafka: testKafka(t, brokers) }
}

const startHolder = (t: TestContext, brokers: readonly string[], topic: string, epoch: number) => {
  const args = [join(import.meta.dirname, 'slot-process.ts'), brokers.join(','), topic, String(epoch)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onEnd(t, () => void child.kill('SIGKILL'))
  const said: Said[] = []
  createInterface(child.stdout).on('line', (line) => void said.push(JSON.parse(line) as Said))
  return { said, signal: (name: NodeJS.Signals) => void child.kill(name) }
}

/** Publishes one record every 5 ms until stopped; the answer waits for all outcomes and tells how many were stored. */
const publishing = (publisher: Publisher, topic: string) => {
  const outcomes: Promise<unknown>[] = []
  const timer = setInterval(() => {
    outcomes.push(outcomeOf(publisher, recordOf(topic, 'k', String(outcomes.length))))
  }, 5)
  return async () => {
    clearInterval(timer)
    await Promise.all(outcomes)
    return outcomes.length
  }
}

test('a frozen holder that thaws reads and commits nothing more; its successor has every record once', async (t) => {
  const { brokers, broker, topic, publisher, kafka } = await start(t)
  const stop = publishing(publisher, topic)
  const frozen = startHolder(t, brokers, topic, 1)
  const readTo = () => Math.max(0, ...frozen.said.map((one) => (one.say === 'read' ? one.to : 0)))
  await waitFor(() => readTo() > 100, { timeoutMs: 20_000 })
  await waitFor(async () => (await kafka.committed(topic, topic)) > 0)
  frozen.signal('SIGSTOP')
  const before = readTo()
  // What was on its way to us when it froze still comes.
  const adoptedFrom = await kafka.committed(topic, topic)
  const asked = performance.now()
  let firstMs = Number.POSITIVE_INFINITY
  const texts: string[] = []
  const successor = await readSlot(t, broker, topic, 2, {
    onBatch: (records) => {
      firstMs = Math.min(firstMs, performance.now() - asked)
      texts.push(...records.map(({ value }) => String(value)))
    },
    settledOffset: () => (texts.length === 0 ? undefined : Number(texts.at(-1)) + 1),
  })
  await waitFor(() => texts.length > 100, { timeoutMs: 15_000 })
  await waitFor(async () => (await kafka.committed(topic, topic)) > adoptedFrom)

  const commits: number[] = []
  const linesBefore = frozen.said.length
  frozen.signal('SIGCONT')
  await waitFor(
    async () => {
      commits.push(await kafka.committed(topic, topic))
      return frozen.said.some(({ say }) => say === 'lost')
    },
    { timeoutMs: 20_000, everyMs: 20 },
  )
  // The group has settled again once what comes now is read and committed.
  const total = await stop()
  await waitFor(() => texts.length === total - adoptedFrom, { timeoutMs: 20_000 })
  await waitFor(
    async () => {
      commits.push(await kafka.committed(topic, topic))
      return commits.at(-1) === total
    },
    { timeoutMs: 15_000, everyMs: 50 },
  )
  const late = frozen.said.slice(linesBefore).filter(({ say }) => say === 'read')
  const rewound = commits.filter((offset, i) => i > 0 && offset < (commits[i - 1] as number)).length
  t.diagnostic(
    JSON.stringify({
      total,
      readBeforeFreeze: before,
      adoptedFrom,
      firstRecordMs: Math.round(firstMs),
      readAfterThaw: late.length,
      commitsSeen: commits.length,
      rewound,
    }),
  )
  assert.deepEqual(
    texts,
    Array.from({ length: total - adoptedFrom }, (_, n) => String(adoptedFrom + n)),
  )
  assert.equal(late.length, 0)
  assert.equal(rewound, 0)
  assert.deepEqual(successor.lost, [])
  assert.ok(firstMs < 5_000, `the first record came after ${firstMs} ms`)
})

test('a record is with its reader soon after it was published', async (t) => {
  const { broker, topic, publisher } = await start(t)
  const sentAt: number[] = []
  const late: number[] = []
  await readSlot(t, broker, topic, 1, {
    onBatch: (records) => {
      for (const { offset } of records) late.push(performance.now() - (sentAt[offset] as number))
    },
  })
  const count = 600
  const since = performance.now()
  while (sentAt.length < count) {
    for (let due = (performance.now() - since) / 5; sentAt.length < Math.min(due, count); ) {
      sentAt.push(performance.now())
      publisher.publish(recordOf(topic, 'k', String(sentAt.length)), () => undefined)
    }
    await wait(1)
  }
  await waitFor(() => late.length === count)
  late.sort((a, b) => a - b)
  const at = (part: number) => Number((late[Math.floor(count * part)] as number).toFixed(1))
  t.diagnostic(JSON.stringify({ perSecond: 200, count, p50Ms: at(0.5), p99Ms: at(0.99) }))
  assert.ok(at(0.5) < 100)
})
