// A backend on a real Kafka: what it answers, sends and reads.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kafkajs } from '../../../consumers/kit/kafkajs.ts'
import { codecs, compressionIds } from '../../../gateway/broker/codecs.ts'
import { randomName } from '../../support/names.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { createWorld } from './world.ts'

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
    await one.consume({ topic: `${topic}.dead`, group: `${group}-2` }, () => {})
  })
})
