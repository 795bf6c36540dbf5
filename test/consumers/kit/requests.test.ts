// Requests: who no longer waits, answers in several parts, copies, batches, and what is passed on.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Received } from '../../../consumers/kit/received.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld, numbered } from './world.ts'

const request = (id: string, slot: string, session = 's1') => ({
  ce_source: '/openclaw/main',
  ce_id: `i/${id}`,
  ce_session: session,
  ce_request: id,
  ce_replyto: slot,
})

describe('a backend with requests', () => {
  it('tells the handler by its signal that a request was cancelled, while it is at work', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    const begun: string[] = []
    const one = backend()
    await one.consume(topic, async ({ request: id, signal }: Received) => {
      begun.push(String(id))
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    })
    await kafka.send(topic, [{ key: 'k', value: 'a', headers: request('q1', 's') }])
    await waitFor(() => begun.length === 1)
    const cancel = { ...request('q1', 's'), ce_id: 'i/q1:cancel', ce_cancel: 'true' }
    await kafka.send(topic, [{ key: 'k', value: '', headers: cancel }])
    await waitFor(async () => (await kafka.committed(group, topic)) === 2)
    assert.deepEqual(begun, ['q1'])
    assert.deepEqual([one.counters().passed, one.counters().dead], [2, 0])
  })

  it('does not begin what was cancelled before its turn, and lets go at the deadline', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    const expiry = new Date(Date.now() + 4_000).toISOString()
    await kafka.send(topic, [
      { key: 'k', value: 'late', headers: { ...request('q1', 's'), ce_expirytime: expiry } },
      { key: 'k', value: 'cancelled', headers: request('q2', 's') },
      { key: 'k', value: '', headers: { ...request('q2', 's'), ce_id: 'c', ce_cancel: 'true' } },
    ])
    const begun: string[] = []
    await backend().consume(topic, async ({ value, signal }) => {
      begun.push(String(value))
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      signal.throwIfAborted()
    })
    await waitFor(async () => (await kafka.committed(group, topic)) === 3)
    assert.deepEqual(begun, ['late'])
  })

  it('answers in parts, as they come', async (t) => {
    const { kafka, topic, backend } = await createWorld(t)
    const slot = randomName('slot')
    await kafka.createTopics([{ topic: slot }])
    await kafka.send(topic, [{ key: 'k', value: 'a', headers: request('q', slot) }])
    const replies = await kafka.read(slot)
    async function* words() {
      yield 'one'
      await new Promise(setImmediate)
      yield 'two'
    }
    await backend().consume(topic, async (received) => {
      await received.replyEach(words(), { last: { tokens: 2 } })
      await received.replyEach(words())
    })
    await waitFor(() => replies.length === 5)
    assert.deepEqual(
      replies.map(({ text, headers }) => [text, headers['ce_more']]),
      [
        ['one', 'true'],
        ['two', 'true'],
        ['{"tokens":2}', undefined],
        ['one', 'true'],
        ['two', undefined],
      ],
    )
  })

  it('handles copies once, and answers one that comes under another session with the same answer', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    const [old, young] = [randomName('slot'), randomName('slot')]
    await kafka.createTopics([{ topic: old }, { topic: young }])
    const frame = { key: 'k', value: 'pay' }
    await kafka.send(topic, [
      { ...frame, headers: request('q', old) },
      { ...frame, headers: request('q', old) },
      { ...frame, headers: request('q', young, 's2') },
      { ...frame, headers: request('r', old) },
    ])
    const [first, second] = [await kafka.read(old), await kafka.read(young)]
    const seen: string[] = []
    const one = backend()
    await one.consume(topic, async (received) => {
      seen.push(String(received.request))
      await received.reply(`paid ${seen.length}`)
    })
    await waitFor(async () => (await kafka.committed(group, topic)) === 4)
    await waitFor(() => first.length === 2 && second.length === 1)
    assert.deepEqual(seen, ['q', 'r'])
    assert.deepEqual([second[0]?.text, second[0]?.headers['ce_session']], ['paid 1', 's2'])
    assert.equal(one.counters().repeats, 2)
  })

  it('hands on batches in order, and finds the record to blame where one fails', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(topic, numbered(25))
    const sizes: number[] = []
    const done: string[] = []
    await backend().consumeBatches({ topic, batch: 10, retries: 1, retryDelayMs: 5 }, (batch) => {
      sizes.push(batch.length)
      if (batch.some(({ value }) => String(value) === '12')) throw new Error('no')
      done.push(...batch.map(({ value }) => String(value)))
    })
    const dead = await kafka.read(`${topic}.dead`)
    await waitFor(async () => (await kafka.committed(group, topic)) === 25)
    assert.deepEqual(
      done.map(Number),
      numbered(25)
        .map(({ value }) => Number(value))
        .filter((n) => n !== 12),
    )
    await waitFor(() => dead.length === 1)
    assert.equal(Math.max(...sizes), 10)
  })

  it('passes tenant and trace on, and counts and tells what it does', async (t) => {
    const { kafka, topic, backend } = await createWorld(t)
    const dispatch = randomName('dispatch')
    await kafka.createTopics([{ topic: dispatch }])
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const one = backend({ topics: { dispatch } })
    assert.equal(one.health().ok, true)
    await one.consume(topic, (received) => received.sendTo('user:a,b', 'hi', { id: 'i' }))
    await kafka.send(topic, [{ key: 'k', value: 'x', headers: { ce_tenant: 'acme', traceparent } }])
    const sent = await kafka.read(dispatch)
    await waitFor(() => sent.length === 1)
    const { ce_to: to, ce_tenant: tenant, traceparent: trace } = sent[0]?.headers ?? {}
    assert.deepEqual([to, tenant, trace], ['user:a%2Cb', 'acme', traceparent])
    const { ok, consumers } = one.health()
    assert.deepEqual([ok, consumers[0]?.joined, consumers[0]?.partitions], [true, true, 1])
    assert.deepEqual([one.counters().handled, one.counters().sent], [1, 1])
    await one.stop()
    assert.equal(one.health().ok, false)
  })
})
