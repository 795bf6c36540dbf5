// Values as serializers of a schema registry write them: numbered on routes, read on feeds; the registry is a server of its own.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { MessageSchema, TypingSchema } from '../../schemas/gen/openclaw/examples/chat/v1/chat_pb.ts'
import { type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { ownImage } from '../support/images.ts'
import { tokenFor } from '../support/keys.ts'
import { type TestRegistry, testRegistry } from '../support/schema-registry.ts'
import { waitFor } from '../support/wait.ts'

const types = { msg: 'openclaw.examples.chat.v1.Message', typing: 'openclaw.examples.chat.v1.Typing' }

async function world(t: TestContext, registry: TestRegistry) {
  const cluster = await testCluster(t, {
    overrides: {
      schemas: { images: [ownImage] },
      schemaRegistry: { url: registry.url },
      channels: { 'room:{room}': { subscribe: true } },
    },
  })
  const framed = { topic: cluster.echo, payload: { types, framing: 'confluent' as const } }
  const json = {
    topic: cluster.echo,
    payload: { types, framing: 'confluent' as const, store: 'json' as const },
  }
  const node = await startNode(t, cluster, { routes: { ...cluster.overrides.routes, framed, json } })
  return { cluster, port: node.port, token: await tokenFor('alice') }
}

const payload = { room: 'a', text: 'hi' }
let sent = 0
const ask = async (client: TestClient, publish: object) => {
  const id = `m${sent++}`
  client.send({ publish: { id, route: 'framed', type: 'msg', payload, ...publish } })
  await waitFor(() => client.frames.some((frame) => frame['id'] === id), { timeoutMs: 20_000 })
  return client.frames.find((frame) => frame['id'] === id) ?? assert.fail()
}

test('values begin with the number of their schema and say which message of it they are', async (t) => {
  const registry = await testRegistry(t)
  const { cluster, port, token } = await world(t, registry)
  registry.set(`${cluster.echo}-value`, 7)
  const client = await welcomed(t, port, token)
  const records = await cluster.kafka.read(cluster.echo)
  await waitFor(async () => (await ask(client, {})).kind === 'ack', { timeoutMs: 20_000 })
  await ask(client, { type: 'typing', payload: { room: 'b', typing: true } })
  await ask(client, { route: 'json' })
  await waitFor(() => records.length >= 3, { timeoutMs: 20_000 })
  const of = (schema: string, type: string) =>
    records.find(
      ({ headers }) =>
        headers['ce_dataschema'] === `proto:${schema}` &&
        headers['content-type'] === `${type}; framing=confluent`,
    )?.value ?? assert.fail(schema)
  const message = of(types.msg, 'application/protobuf')
  assert.deepEqual([...message.subarray(0, 6)], [0, 0, 0, 0, 7, 0])
  assert.equal(fromBinary(MessageSchema, message.subarray(6)).text, 'hi')
  // The second message of its file: one index, and that is one.
  const typing = of(types.typing, 'application/protobuf')
  assert.deepEqual([...typing.subarray(0, 7)], [0, 0, 0, 0, 7, 2, 2])
  assert.equal(fromBinary(TypingSchema, typing.subarray(7)).room, 'b')
  const json = of(types.msg, 'application/json')
  assert.deepEqual(
    [[...json.subarray(0, 5)], String(json.subarray(5))],
    [[0, 0, 0, 0, 7], JSON.stringify(payload)],
  )
})

test('a registry that is away makes frames wait outside, and stops nobody once the number is known', async (t) => {
  const registry = await testRegistry(t)
  registry.away = true
  const { cluster, port, token } = await world(t, registry)
  const client = await welcomed(t, port, token)
  const refused = await ask(client, {})
  assert.deepEqual(
    [refused.kind, refused['code'], refused['retryable'], refused['retryAfterMs']],
    ['refusal', 'route-unavailable', true, 1_000],
  )
  registry.set(`${cluster.echo}-value`, 1_000_000)
  registry.away = false
  await waitFor(async () => (await ask(client, {})).kind === 'ack', { timeoutMs: 30_000 })
  registry.away = true
  const questions = registry.asked.length
  for (let n = 0; n < 20; n++) assert.equal((await ask(client, {})).kind, 'ack')
  assert.equal(registry.asked.length, questions)
})

test('a feed of values in protobuf, numbered by a registry, is JSON for who speaks JSON', async (t) => {
  const registry = await testRegistry(t)
  const feeds = {
    rooms: { topic: '', to: 'channel:room:{value.room}', framing: 'confluent' as const, payload: { types } },
    plain: { topic: '', to: 'user:{value.room}', payload: { type: types.msg }, type: 'said' },
  }
  const cluster = await testCluster(t, {
    overrides: { schemas: { images: [ownImage] }, channels: { 'room:{room}': { subscribe: true } } },
  })
  const topics = { rooms: `${cluster.name}.rooms`, plain: `${cluster.name}.plain` }
  await cluster.kafka.createTopics(Object.values(topics).map((topic) => ({ topic })))
  const node = await startNode(t, cluster, {
    feeds: { rooms: { ...feeds.rooms, topic: topics.rooms }, plain: { ...feeds.plain, topic: topics.plain } },
  })
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  client.send({ subscribe: { id: 's', channel: 'room:a' } })
  await client.next('subscribed')
  const message = toBinary(MessageSchema, create(MessageSchema, { ...payload, number: 5n }))
  const typing = toBinary(TypingSchema, create(TypingSchema, { room: 'a', typing: true }))
  const head = [0, 0, 0, 3, 9]
  await cluster.kafka.send(topics.rooms, [
    { value: Buffer.from([...head, 0, ...message]) },
    { value: Buffer.from([...head, 2, 2, ...typing]) },
    { value: Buffer.from([...head, 2, 20, ...typing]) },
    { value: Buffer.from([1, 2]) },
    { value: Buffer.from([...head, 2, 0, ...message]) },
  ])
  const shown = [await client.next('message'), await client.next('message'), await client.next('message')]
  assert.deepEqual(
    shown.map((each) => [each['contentType'], each['payload']]),
    [
      ['application/json', { ...payload, number: '5' }],
      ['application/json', { room: 'a', typing: true }],
      ['application/json', { ...payload, number: '5' }],
    ],
  )
  assert.equal(registry.asked.length, 0)
  // For users: quarantined where it is not the message, else shown.
  await cluster.kafka.send(topics.plain, [
    { value: Buffer.from('no message') },
    { value: Buffer.from(toBinary(MessageSchema, create(MessageSchema, { room: 'alice', text: 'you' }))) },
  ])
  const toAlice = await client.next('message', ({ type }) => type === 'said', 30_000)
  assert.deepEqual(toAlice['payload'], { room: 'alice', text: 'you' })
  const quarantine = await cluster.kafka.read(cluster.topics.quarantine)
  await waitFor(() => quarantine.length > 0, { timeoutMs: 20_000 })
  assert.match(quarantine[0]?.text ?? '', /feed \\"plain\\": no valid openclaw\.examples\.chat\.v1\.Message/)
})
