// What becomes of each record: in which order it is handled, how often, and where it goes when it cannot be.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Received } from '../../../consumers/kit/received.ts'
import { Unprocessable } from '../../../consumers/kit/unprocessable.ts'
import { randomName } from '../../support/names.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld, numbered } from './world.ts'

describe('a backend with records in hand', () => {
  it('tries a record again, then puts it with the dead letters with the reason, and goes on', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(topic, [
      { key: 'k', value: 'bad', headers: { 'x-a': '1' } },
      { key: 'k', value: 'hopeless' },
      { key: 'k', value: 'good' },
    ])
    const seen: string[] = []
    const handler = ({ value, attempt }: Received) => {
      seen.push(`${value.toString()} ${attempt}`)
      if (String(value) === 'bad') throw new Error('will not do')
      if (String(value) === 'hopeless') throw new Unprocessable('never')
    }
    await backend().consume({ topic, retries: 2, retryDelayMs: 10 }, handler)
    const dead = await kafka.read(`${topic}.dead`)
    await waitFor(() => seen.includes('good 1'))
    assert.deepEqual(seen, ['bad 1', 'bad 2', 'bad 3', 'hopeless 1', 'good 1'])
    await waitFor(() => dead.length === 2)
    const [{ headers, key, text }] = dead as [(typeof dead)[number]]
    const { dead_time: time, ...rest } = headers
    assert.deepEqual([key, text], ['k', 'bad'])
    assert.ok(Date.parse(time ?? '') > 0)
    assert.deepEqual(rest, {
      'x-a': '1',
      dead_reason: 'will not do',
      dead_origin: `${topic}/0/0`,
      dead_attempts: '3',
    })
    await waitFor(async () => (await kafka.committed(group, topic)) === 3)
  })

  it('passes nothing that it cannot put aside', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    const later = randomName('dead')
    await kafka.send(topic, [{ key: 'k', value: 'bad' }])
    const warnings: string[] = []
    const log = { debug: () => {}, warn: (_: object, message: string) => void warnings.push(message) }
    const source = { topic, retries: 0, retryDelayMs: 10, deadLetterTopic: later }
    const handler = () => {
      throw new Error('no')
    }
    await backend({ log }).consume(source, handler)
    await waitFor(() => warnings.includes('a dead letter could not be written; trying on'))
    assert.equal(await kafka.committed(group, topic), -1)
    await kafka.createTopics([{ topic: later }])
    const dead = await kafka.read(later)
    await waitFor(() => dead.length === 1)
    await waitFor(async () => (await kafka.committed(group, topic)) === 1)
  })

  it('does not answer what nobody waits for any more', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(topic, [
      { value: 'late', headers: { ce_expirytime: '2020-01-01T00:00:00Z' } },
      { value: '', headers: { ce_cancel: 'true', ce_request: 'q' } },
      { value: 'timely', headers: { ce_expirytime: '2999-01-01T00:00:00Z' } },
    ])
    const seen: string[] = []
    await backend().consume(topic, ({ value }) => seen.push(String(value)))
    await waitFor(async () => (await kafka.committed(group, topic)) === 3)
    assert.deepEqual(seen, ['timely'])
  })

  it('handles the records of a key in order, and those of other keys meanwhile', async (t) => {
    const { kafka, topic, backend } = await createWorld(t, 2)
    await kafka.send(
      topic,
      numbered(400, (n) => `k${n % 8}`),
    )
    const order = new Map<string, number[]>()
    const hands = { now: 0, most: 0 }
    await backend().consume({ topic, concurrency: 6 }, async ({ key, value }) => {
      hands.most = Math.max(hands.most, (hands.now += 1))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
      hands.now -= 1
      const ofKey = order.get(String(key)) ?? []
      order.set(String(key), [...ofKey, Number(value)])
    })
    await waitFor(() => [...order.values()].flat().length === 400)
    for (const ofKey of order.values())
      assert.deepEqual(
        ofKey,
        ofKey.toSorted((a, b) => a - b),
      )
    assert.ok(hands.most > 1 && hands.most <= 6, `${hands.most} at a time`)
  })
})
