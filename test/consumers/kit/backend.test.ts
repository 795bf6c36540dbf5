// A backend on a real Kafka: what it answers, what it repeats, what it commits, and how it stops.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { codecs, compressionIds } from '../../../gateway/broker/codecs.ts'
import { type Backend, type BackendOptions, createBackend } from '../../../consumers/kit/backend.ts'
import { kafkajs } from '../../../consumers/kit/kafkajs.ts'
import { type Received, Unprocessable } from '../../../consumers/kit/received.ts'
import { type TestKafka, testKafka } from '../../support/kafka.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'

type World = {
  readonly brokers: readonly string[]
  readonly kafka: TestKafka
  readonly topic: string
  readonly group: string
  backend(options?: Partial<BackendOptions>): Backend
}

const quiet = { debug: () => {}, warn: () => {} }

async function createWorld(t: TestContext, partitions = 1): Promise<World> {
  const { brokers } = await testStack()
  const kafka = testKafka(t, brokers)
  const [topic, group] = [randomName('kit'), randomName('group')]
  await kafka.createTopics([{ topic, partitions }, { topic: `${topic}.dead` }])
  return {
    brokers,
    kafka,
    topic,
    group,
    backend(options = {}) {
      const backend = createBackend({ brokers, group, log: quiet, ...options })
      t.after(() => backend.stop())
      return backend
    },
  }
}

const numbered = (count: number, key?: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => ({ value: String(n), ...(key ? { key: key(n) } : {}) }))

describe('a backend', () => {
  it('replies with all headers copied, to the topic the record names', async (t) => {
    const { kafka, topic, backend } = await createWorld(t)
    const slot = randomName('slot')
    await kafka.createTopics([{ topic: slot }])
    const headers = {
      ce_specversion: '1.0',
      ce_source: '/openclaw/main',
      ce_id: 's1/q-1',
      ce_type: 'openclaw.echo',
      ce_subject: 'alice',
      ce_session: 's1',
      ce_replyto: slot,
      ce_request: 'q-1',
      ce_expirytime: '2999-01-01T00:00:00.000Z',
      'content-type': 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-app': 'test',
    }
    await kafka.send(topic, [{ key: 'alice', value: '{"n": 9007199254740993}', headers }])
    const replies = await kafka.read(slot)
    const places: unknown[] = []
    await backend().consume(topic, async (received) => {
      places.push(await received.reply('soon', { more: true }))
      places.push(await received.reply(received.value))
      places.push(await received.reply({ why: 'no' }, { error: 'denied' }))
    })
    await waitFor(() => replies.length === 3)
    const of = (n: number) => replies[n]?.headers
    assert.deepEqual(of(0), { ...headers, 'content-type': 'text/plain; charset=utf-8', ce_more: 'true' })
    assert.deepEqual(of(1), headers)
    assert.deepEqual(of(2), { ...headers, ce_error: 'denied' })
    assert.deepEqual(
      replies.map(({ text }) => text),
      ['soon', '{"n": 9007199254740993}', '{"why":"no"}'],
    )
    assert.deepEqual(
      replies.map(({ key }) => key),
      ['s1', 's1', 's1'],
    )
    await waitFor(() => places.length === 3)
    assert.deepEqual(
      places,
      [0, 1, 2].map((offset) => ({ topic: slot, partition: 0, offset })),
    )
  })

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
    await backend().consume(topic, handler, { retries: 2, retryDelayMs: 10 })
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
    const options = { retries: 0, retryDelayMs: 10, deadLetterTopic: later }
    const handler = () => {
      throw new Error('no')
    }
    await backend({ log }).consume(topic, handler, options)
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
    await backend().consume(
      topic,
      async ({ key, value }) => {
        hands.most = Math.max(hands.most, (hands.now += 1))
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        hands.now -= 1
        const ofKey = order.get(String(key)) ?? []
        order.set(String(key), [...ofKey, Number(value)])
      },
      { concurrency: 6 },
    )
    await waitFor(() => [...order.values()].flat().length === 400)
    for (const ofKey of order.values())
      assert.deepEqual(
        ofKey,
        ofKey.toSorted((a, b) => a - b),
      )
    assert.ok(hands.most > 1 && hands.most <= 6, `${hands.most} at a time`)
  })

  it('reads batches in every compression', async (t) => {
    const { kafka, topic, backend } = await createWorld(t)
    for (const [name, { compress }] of Object.entries(codecs)) {
      const id = compressionIds[name as keyof typeof codecs]
      const factories = kafkajs.CompressionCodecs as unknown as Record<number, () => object>
      const reader = factories[id]
      factories[id] = () => ({
        ...reader?.(),
        compress: ({ buffer }: { buffer: Buffer }) => compress(buffer),
      })
      t.after(() => void (factories[id] = reader as () => object))
    }
    const { brokers } = await testStack()
    const producer = new kafkajs.Kafka({ brokers: [...brokers] }).producer({ allowAutoTopicCreation: false })
    await producer.connect()
    t.after(() => producer.disconnect())
    for (const compression of [0, 1, 2, 3, 4])
      await producer.send({ topic, compression, messages: [{ value: `${compression} `.repeat(50_000) }] })
    const seen: string[] = []
    await backend().consume(topic, ({ value }) => {
      assert.equal(value.length, 100_000)
      seen.push(String(value).slice(0, 1))
    })
    await waitFor(() => seen.length === 5)
    assert.deepEqual(seen.toSorted(), ['0', '1', '2', '3', '4'])
    await kafka.send(topic, [])
  })

  it('sends to clients and to topics, and is told the place', async (t) => {
    const { kafka, backend } = await createWorld(t)
    const [dispatch, channels] = [randomName('dispatch'), randomName('channels')]
    await kafka.createTopics([{ topic: dispatch }, { topic: channels }])
    const sender = backend({ topics: { dispatch, channels } })
    assert.deepEqual(await sender.sendTo({ user: 'alice' }, { hi: 1 }, { type: 'greeting', id: 'i' }), {
      topic: dispatch,
      partition: 0,
      offset: 0,
    })
    await sender.sendTo({ channel: 'news' }, 'flash', { id: 'j' })
    await sender.publish(dispatch, Buffer.from('raw'), { key: 'k', headers: { 'x-a': 'b' } })
    const [sent, flashed] = [await kafka.read(dispatch), await kafka.read(channels)]
    await waitFor(() => sent.length === 2 && flashed.length === 1)
    assert.deepEqual(sent[0]?.headers, {
      ce_to: 'user:alice',
      ce_id: 'i',
      ce_type: 'greeting',
      'content-type': 'application/json',
    })
    assert.deepEqual([sent[1]?.key, sent[1]?.text, sent[1]?.headers], ['k', 'raw', { 'x-a': 'b' }])
    assert.equal(flashed[0]?.headers['ce_to'], 'channel:news')
  })

  it('starts before its topic exists', async (t) => {
    const { kafka, backend } = await createWorld(t)
    const topic = randomName('later')
    const warned = Promise.withResolvers<void>()
    const log = { debug: () => {}, warn: () => warned.resolve() }
    const seen: string[] = []
    const consuming = backend({ log }).consume(topic, ({ value }) => seen.push(String(value)))
    await warned.promise
    await kafka.createTopics([{ topic }])
    await kafka.send(topic, [{ value: 'hello' }])
    await consuming
    await waitFor(() => seen.length === 1)
  })

  it('lets a second handler in only with a group of its own', async (t) => {
    const { topic, group, backend } = await createWorld(t)
    const one = backend()
    await one.consume(topic, () => {})
    await assert.rejects(
      one.consume(`${topic}.dead`, () => {}),
      /group of its own/,
    )
    await one.consume(`${topic}.dead`, () => {}, { group: `${group}-2` })
  })
})

describe('a backend that ends', () => {
  it('finishes what it has in hand, commits it, leaves the group, and begins nothing more', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(
      topic,
      numbered(10, () => 'k'),
    )
    const begun: string[] = []
    const finish = Promise.withResolvers<void>()
    const first = backend()
    await first.consume(topic, async ({ value }) => {
      begun.push(String(value))
      if (String(value) === '3') await finish.promise
    })
    await waitFor(() => begun.length === 4)
    const stopping = first.stop()
    finish.resolve()
    assert.equal(await stopping, true)
    assert.deepEqual(begun, ['0', '1', '2', '3'])
    assert.equal(await kafka.committed(group, topic), 4)

    const rest: string[] = []
    const started = performance.now()
    await backend().consume(topic, ({ value }) => rest.push(String(value)))
    await waitFor(() => rest.length === 6)
    assert.deepEqual(rest, ['4', '5', '6', '7', '8', '9'])
    assert.ok(performance.now() - started < 10_000, 'nobody waited for the session of the first to run out')
  })

  it('does not wait longer than it was given', async (t) => {
    const { kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(topic, [{ value: 'stuck' }])
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const stuck = backend()
    await stuck.consume(topic, () => {
      begun.resolve()
      return end.promise
    })
    await begun.promise
    assert.equal(await stuck.stop(50), false)
    assert.equal(await kafka.committed(group, topic), -1)
    end.resolve()
  })

  it('leaves what it had in hand when it was killed to be handled again', async (t) => {
    const { brokers, kafka, topic, group, backend } = await createWorld(t)
    await kafka.send(
      topic,
      numbered(3, () => 'k'),
    )
    const program = join(import.meta.dirname, 'programs/slow.ts')
    const child = spawn(process.execPath, [program, brokers.join(','), topic, group])
    t.after(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    await waitFor(() => output.includes('begins 1'), { timeoutMs: 20_000, describe: () => output })
    await waitFor(async () => (await kafka.committed(group, topic)) === 1)
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
    const seen: string[] = []
    const successor = backend()
    await successor.consume(topic, ({ value }) => seen.push(String(value)))
    await waitFor(() => seen.length === 2, { timeoutMs: 45_000 })
    assert.deepEqual(seen, ['1', '2'], 'what was done is not repeated, what was begun is')
  })
})
