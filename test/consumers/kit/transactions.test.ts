// Consume and reply as one: whoever reads committed records sees each answer once, whatever dies in between.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Received } from '../../../consumers/kit/received.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld, type World } from './world.ts'

const program = join(import.meta.dirname, 'programs/transactional.ts')

async function createAsked(t: TestContext, count: number): Promise<World & { readonly slot: string }> {
  const world = await createWorld(t)
  const slot = randomName('slot')
  await world.kafka.createTopics([{ topic: slot }])
  await world.kafka.send(
    world.topic,
    Array.from({ length: count }, (_, n) => ({
      key: `k${n % 3}`,
      value: String(n),
      headers: { ce_replyto: slot, ce_session: 's' },
    })),
  )
  return { ...world, slot }
}

const counted = (count: number) => Array.from({ length: count }, (_, n) => String(n))

describe('a backend with transactions', () => {
  it('says what it has to say and commits in one, and nothing of an attempt that failed', async (t) => {
    const { kafka, topic, group, slot, backend } = await createAsked(t, 20)
    const one = backend()
    const failed = new Set<string>()
    const handler = async (received: Received) => {
      const text = String(received.value)
      await received.reply(text)
      if (text === '7' && !failed.has(text)) {
        failed.add(text)
        throw new Error('once')
      }
      if (text === '9') throw new Error('always')
    }
    await one.consume({ topic, transactions: true, retries: 1, retryDelayMs: 5, batch: 6 }, handler)
    const [replies, dead] = [await kafka.read(slot), await kafka.read(`${topic}.dead`)]
    await waitFor(() => replies.length === 19 && dead.length === 1, { timeoutMs: 20_000 })
    const texts = replies.map(({ text }) => Number(text)).toSorted((a, b) => a - b)
    assert.deepEqual(
      texts.map(String),
      counted(20).filter((text) => text !== '9'),
    )
    assert.equal(dead[0]?.text, '9')
    await waitFor(async () => (await kafka.committed(group, topic)) === 20)
    assert.ok(one.counters().transactions >= 4)
  })

  it('puts aside the one record whose answer can never be stored, and goes on', async (t) => {
    const { kafka, topic, group, slot, backend } = await createAsked(t, 3)
    const nowhere = { ce_replyto: randomName('nowhere'), ce_session: 's' }
    await kafka.send(topic, [{ key: 'k1', value: 'astray', headers: nowhere }])
    await backend().consume({ topic, transactions: true }, (received) => received.reply(received.value))
    const [replies, dead] = [await kafka.read(slot), await kafka.read(`${topic}.dead`)]
    await waitFor(() => replies.length === 3 && dead.length === 1, { timeoutMs: 30_000 })
    assert.equal(dead[0]?.text, 'astray')
    await waitFor(async () => (await kafka.committed(group, topic)) === 4)
  })

  it('answers each record once though it is killed again and again', { timeout: 120_000 }, async (t) => {
    const { brokers, kafka, topic, group, slot, backend } = await createAsked(t, 300)
    const replies = await kafka.read(slot)
    for (let kill = 1; kill <= 2; kill += 1) {
      const child = spawn(process.execPath, [program, brokers.join(','), topic, group])
      t.after(() => child.kill('SIGKILL'))
      const before = replies.length
      await waitFor(() => replies.length > before + 10, { timeoutMs: 40_000, everyMs: 1 })
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exited
    }
    const afterKills = replies.length
    assert.ok(afterKills < 300, 'there was something left to do')
    await backend().consume({ topic, transactions: true }, (received) => received.reply(received.value))
    await waitFor(async () => (await kafka.committed(group, topic)) === 300, { timeoutMs: 40_000 })
    await waitFor(() => replies.length >= 300, { timeoutMs: 20_000 })
    const texts = replies.map(({ text }) => Number(text)).toSorted((a, b) => a - b)
    assert.deepEqual(texts.map(String), counted(300))
    t.diagnostic(`killed twice, ${afterKills} answered before; 300 answers, none twice`)
  })
})
