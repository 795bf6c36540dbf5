// Session events while Kafka is killed and comes back: all there in the end, each session's in its order, nobody left in the table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createBroker } from '../../gateway/broker/broker.ts'
import { createSessionEvents } from '../../gateway/session/session-events.ts'
import { kafkaConfig, silent } from '../gateway/broker/fixture.ts'
import { quietEvents } from '../gateway/fakes.ts'
import { onEnd } from '../support/cleanup.ts'
import { ownKafka } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'
import { readAll } from './read-all.ts'

const sessions = 300
const outageMs = 3_000

test('no session event is lost or overtaken when Kafka is killed under them', async (t) => {
  const kafka = await ownKafka(t)
  const { brokers } = kafka
  const topics = { events: 'events', sessions: 'sessions' }
  // Far less than the outage: what the publisher gives up is tried again by us.
  const config = kafkaConfig({ brokers: [...brokers], publishTimeout: 700 })
  const broker = createBroker(config, { log: silent })
  onEnd(t, () => broker.close(1_000))
  await broker.topics.create(
    Object.values(topics).map((name) => ({
      name,
      partitions: 3,
      replication: 1,
      configs: {},
      purpose: 'a test',
    })),
  )
  const publisher = broker.publisher()
  await broker.connect(new AbortController().signal)
  let failures = 0
  const counted = {
    ...publisher,
    publish: (
      record: Parameters<typeof publisher.publish>[0],
      onOutcome: Parameters<typeof publisher.publish>[1],
    ) =>
      publisher.publish(record, (outcome) => {
        if (!outcome.ok) failures += 1
        onOutcome(outcome)
      }),
  }
  const context = { node: 'gw-1', cluster: 'main', topics }
  const told = createSessionEvents(counted, context, quietEvents())
  onEnd(t, () => told.stop(0))

  const lives: string[][] = []
  const live = async (n: number): Promise<void> => {
    const of = { session: `s-${n}`, tenant: '', user: `u-${n % 50}`, slot: 1 }
    told.connected({ ...of, generation: 1 })
    await pause(5 + (n % 40))
    told.detached({ ...of, generation: 1 }, 'abnormal')
    told.resumed({ ...of, generation: 2 })
    await pause(n % 60)
    told.ended({ ...of, generation: 2 }, 'normal')
    lives[n] = ['1/connected', '1/detached', '2/resumed', '2/ended'].map((at) => `s-${n}/${at}`)
  }
  const running: Promise<void>[] = []
  let maxWaiting = 0
  for (let n = 0; n < sessions; n++) {
    running.push(live(n))
    if (n === 100) await kafka.kill()
    if (n === 200) {
      await pause(outageMs)
      await kafka.start()
    }
    await pause(2)
    maxWaiting = Math.max(maxWaiting, told.waiting)
  }
  const back = performance.now()
  await Promise.all(running)
  await waitFor(() => told.waiting === 0, {
    timeoutMs: 30_000,
    describe: () => `${told.waiting} events wait`,
  })
  const caughtUpMs = Math.round(performance.now() - back)

  const read = await readAll(t, brokers, Object.values(topics))
  const seen = (topic: string, session: string): string[] =>
    read
      .filter(
        ({ topic: at, message: { headers } }) => at === topic && String(headers?.['ce_session']) === session,
      )
      .map(({ message: { value, headers } }) => (value === null ? 'gone' : String(headers?.['ce_id'])))
  // Copies are written where the outcome was open; they stand beside each other.
  const once = (ids: readonly string[]): string[] => ids.filter((id, n) => id !== ids[n - 1])
  for (const [n, life] of lives.entries()) {
    assert.deepEqual(once(seen('events', `s-${n}`)), life)
    assert.deepEqual(once(seen('sessions', `s-${n}`)), [...life, 'gone'])
  }
  assert.ok(failures > 0, 'the outage was long enough to matter')
  t.diagnostic(
    JSON.stringify({
      events: sessions * 4,
      failures,
      maxWaiting,
      caughtUpMs,
      copies: read.length - sessions * 9,
    }),
  )
})
