// Payloads with a schema, through a whole node with real sockets: JSON, protobuf and MessagePack in, protobuf in Kafka, and back.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { pack, unpack } from 'msgpackr'
import { ClientFrameSchema, ServerFrameSchema } from '#schemas/frames_pb.ts'
import { MessageSchema, Tone } from '../../schemas/gen/openclaw/examples/chat/v1/chat_pb.ts'
import { connect, type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { ownImage } from '../support/images.ts'
import type { Read } from '../support/kafka.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const message = 'openclaw.examples.chat.v1.Message'
const typing = 'openclaw.examples.chat.v1.Typing'
const types = { msg: message, typing }

const sent = { room: 'lobby', text: 'grün', number: '9007199254740993', mentions: ['bob'], tone: 'TONE_JOKE' }

async function world(t: TestContext, more: object = {}) {
  const cluster = await testCluster(t, {
    overrides: {
      schemas: { images: [ownImage] },
      channels: { 'room:{room}': { subscribe: true, publish: true, payload: { types } } },
      ...more,
    } as never,
  })
  const routes = {
    ...cluster.overrides.routes,
    chat: { topic: cluster.echo, key: 'payload.room', payload: { types } },
    json: { topic: cluster.echo, payload: { type: message, store: 'json', accept: ['json'] } },
  }
  const node = await startNode(t, cluster, { routes } as never)
  return {
    cluster,
    port: node.port,
    token: await tokenFor('alice'),
    echo: await cluster.kafka.read(cluster.echo),
  }
}

/** The record that an ack names. */
async function recordAt(
  reads: readonly Read[],
  { partition, offset }: Record<string, unknown>,
): Promise<Read> {
  const find = () => reads.find((read) => read.partition === partition && read.offset === Number(offset))
  await waitFor(() => find() !== undefined, { timeoutMs: 20_000 })
  return find() ?? assert.fail()
}

const first = async (reads: readonly Read[]): Promise<string> => {
  await waitFor(() => reads.length > 0, { timeoutMs: 20_000 })
  return reads[0]?.text ?? ''
}

const ask = async (client: TestClient, publish: object, id = 'm') => {
  client.send({ publish: { id, route: 'chat', type: 'msg', ...publish } })
  await waitFor(() => client.frames.some((frame) => frame['id'] === id), { timeoutMs: 20_000 })
  const at = client.frames.findIndex((frame) => frame['id'] === id)
  return client.frames.splice(at, 1)[0] ?? assert.fail()
}

test('JSON becomes protobuf in Kafka, with its schema, its content type and the field that is the key', async (t) => {
  const { echo, port, token: jwt } = await world(t)
  const client = await welcomed(t, port, jwt)
  const ack = await ask(client, { payload: sent })
  assert.equal(ack.kind, 'ack', JSON.stringify(ack))
  const record = await recordAt(echo, ack)
  assert.deepEqual(
    [record.headers['content-type'], record.headers['ce_dataschema'], record.key],
    ['application/protobuf', `proto:${message}`, 'lobby'],
  )
  const read = fromBinary(MessageSchema, record.value)
  assert.deepEqual([read.text, read.number, read.tone], ['grün', 9007199254740993n, Tone.JOKE])
  const plain = await ask(
    client,
    { route: 'json', type: 'whatever', payload: { ...sent, reply_to: 7, tone: 1 } },
    'n',
  )
  const stored = await recordAt(echo, plain)
  assert.equal(stored.headers['content-type'], 'application/json')
  assert.deepEqual(JSON.parse(stored.text), { ...sent, replyTo: '7' })
})

test('what breaks the schema is refused, with the field, the rule and a sentence', async (t) => {
  const { port, token: jwt } = await world(t)
  const client = await welcomed(t, port, jwt)
  const violationsOf = async (publish: object) => {
    const refusal = await ask(client, publish)
    assert.deepEqual(
      [refusal.kind, refusal['code'], refusal['retryable']],
      ['refusal', 'invalid-payload', false],
    )
    return (refusal['violations'] as { field: string; rule: string }[]).map(
      ({ field, rule }) => `${field} ${rule}`,
    )
  }
  assert.deepEqual(await violationsOf({ payload: { ...sent, room: 'NO', mentions: ['a', 'a'] } }), [
    'room string.pattern',
    'mentions repeated.unique',
  ])
  assert.deepEqual(await violationsOf({ payload: { ...sent, colour: 'red' } }), ['colour unknown-field'])
  assert.deepEqual(await violationsOf({ payload: { ...sent, number: -1 } }), ['number json'])
  assert.deepEqual(await violationsOf({ type: 'nothing', payload: sent }), ['type type'])
  assert.deepEqual(await violationsOf({ route: 'json', data: '', contentType: 'application/protobuf' }), [
    'contentType accept',
  ])
  assert.deepEqual(
    await violationsOf({ data: Buffer.from('hi').toString('base64'), contentType: 'text/plain' }),
    ['contentType accept'],
  )
  assert.deepEqual(await violationsOf({ data: '/////w==' }), [' protobuf'])
})

test('a channel shows each client its own encoding of one message, whoever sent it', async (t) => {
  const { cluster, port, token: jwt } = await world(t)
  const json = await welcomed(t, port, jwt)
  json.send({ subscribe: { id: 's', channel: 'room:lobby' } })
  await json.next('subscribed')
  const proto = await connect(t, port, { protocols: ['openclaw.v1.proto'], token: jwt })
  const say = (kind: Parameters<typeof create<typeof ClientFrameSchema>>[1]) =>
    proto.ws.send(toBinary(ClientFrameSchema, create(ClientFrameSchema, kind)))
  say({ kind: { case: 'hello', value: {} } })
  say({ kind: { case: 'subscribe', value: { id: 's', channel: 'room:lobby' } } })
  const msgpack = await connect(t, port, { protocols: ['openclaw.v1.msgpack'], token: jwt })
  msgpack.ws.send(pack({ hello: {} }))
  msgpack.ws.send(pack({ subscribe: { id: 's', channel: 'room:lobby' } }))
  const protoFrames = () =>
    proto.frames.map(({ bytes }) => fromBinary(ServerFrameSchema, bytes as Buffer).kind)
  const packFrames = () => msgpack.frames.map(({ bytes }) => unpack(bytes as Buffer) as Record<string, never>)
  await waitFor(() => protoFrames().some((each) => each.case === 'subscribed'), { timeoutMs: 20_000 })
  await waitFor(() => packFrames().some((each) => 'subscribed' in each), { timeoutMs: 20_000 })

  const body = { ...sent, number: 17 }
  msgpack.ws.send(pack({ publish: { id: 'p', channel: 'room:lobby', type: 'msg', payload: body } }))
  const shown = await json.next('message')
  assert.deepEqual(
    [shown['contentType'], shown['payload'], shown['type']],
    ['application/json', { ...sent, number: '17' }, 'msg'],
  )
  await waitFor(() => protoFrames().some((each) => each.case === 'message'), { timeoutMs: 20_000 })
  const inProto = protoFrames().find((each) => each.case === 'message')
  assert.ok(inProto?.case === 'message')
  assert.equal(inProto.value.contentType, 'application/protobuf')
  assert.equal(fromBinary(MessageSchema, inProto.value.payload).number, 17n)
  await waitFor(() => packFrames().some((each) => 'message' in each), { timeoutMs: 20_000 })
  const packed = packFrames().find((each) => 'message' in each) as unknown as { message: { payload: object } }
  assert.deepEqual(packed.message.payload, { ...sent, number: '17' })

  // A backend writes JSON to the channel's topic, and nonsense after it.
  const bad = { headers: { ce_to: 'channel:room:lobby', ce_receipt: 'failed', ce_type: 'msg', ce_id: 'bad' } }
  await cluster.kafka.send(cluster.topics.channels, [
    { ...bad, value: '{"room":"lobby","text":""}' },
    { headers: { ce_to: 'channel:room:lobby', ce_type: 'msg' }, value: JSON.stringify(sent) },
  ])
  const second = await json.next('message')
  assert.deepEqual(second['payload'], sent)
  assert.match(
    await first(await cluster.kafka.read(cluster.topics.quarantine)),
    /text must be at least 1 characters/,
  )
  assert.match(
    await first(await cluster.kafka.read(cluster.topics.receipts)),
    /"reason":"invalid".*"target":"channel:room:lobby"/,
  )
})

test('a delivery in protobuf is JSON for who speaks JSON, and the same bytes for who speaks protobuf', async (t) => {
  const {
    cluster,
    port,
    token: jwt,
  } = await world(t, { delivery: { slots: 3, leaseTtl: 3_000, payload: { types: { order: typing } } } })
  const client = await welcomed(t, port, jwt)
  const value = Buffer.from(
    toBinary(MessageSchema, create(MessageSchema, { room: 'a', text: 'b', number: 5n })),
  )
  const to = { ce_to: 'user:alice' }
  await cluster.kafka.send(cluster.topics.dispatch, [
    { value, headers: { ...to, 'content-type': 'application/protobuf', ce_dataschema: `proto:${message}` } },
  ])
  const shown = await client.next('message')
  assert.deepEqual(
    [shown['contentType'], shown['payload']],
    ['application/json', { room: 'a', text: 'b', number: '5' }],
  )
  // Of a type that is listed, and wrong: nobody sees it, and its sender is told.
  await cluster.kafka.send(cluster.topics.dispatch, [
    {
      value: '{"room":""}',
      headers: { ce_to: `session:${String(client.welcome['session'])}`, ce_type: 'order' },
    },
    { value: '{"any":1}', headers: { ...to, ce_type: 'other' } },
  ])
  assert.deepEqual((await client.next('message'))['payload'], { any: 1 })
  assert.match(await first(await cluster.kafka.read(cluster.topics.receipts)), /"reason":"invalid"/)
})
