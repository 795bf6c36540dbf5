// The test kit's gateway goes wrong as a real one does: nodes die, Kafka stands still, acks are lost, tokens end, clients do not read.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type ClientOptions, createClient } from '../../client/index.ts'
import { createTestGateway, type TestGateway } from '../../testkit/gateway.ts'
import { onEnd } from '../support/cleanup.ts'
import { waitFor } from '../support/wait.ts'

const routes = { orders: { topic: 'orders.in', match: [{ path: '/' }] } }
const channels = { 'room:{room}': { subscribe: true, publish: true } }
const config = { routes, channels }

async function gatewayFor(t: TestContext, given: object = config): Promise<TestGateway> {
  const gateway = await createTestGateway({ config: given })
  onEnd(t, () => gateway.stop())
  return gateway
}

function clientOf(t: TestContext, gateway: TestGateway, user: string, options: Partial<ClientOptions> = {}) {
  const client = createClient({
    url: () => gateway.url,
    token: () => gateway.token(user),
    backOff: { firstMs: 1, longestMs: 10 },
    ...options,
  })
  onEnd(t, () => client.close())
  return client
}

describe('a test gateway', () => {
  it('says what is wrong with its configuration', async () => {
    const wrong = { routes: { a: { topics: 'a' } } } as never
    await assert.rejects(createTestGateway({ config: wrong }), /routes\.a/)
  })

  it('loses no message of a channel and no session when nodes are killed', async (t) => {
    const gateway = await gatewayFor(t)
    const [alice, bob] = [clientOf(t, gateway, 'alice'), clientOf(t, gateway, 'bob')]
    await Promise.all([alice.connect(), bob.connect()])
    const { session } = bob
    const heard: unknown[] = []
    const subscription = bob.subscribe('room:1', {}, ({ payload }) => heard.push(payload))
    await subscription.ready
    for (let n = 0; n < 3; n += 1) {
      await alice.publish({ channel: 'room:1' }, { n })
      await gateway.kill()
    }
    await alice.publish({ channel: 'room:1' }, { n: 3 })
    await waitFor(() => heard.length >= 4)
    assert.deepEqual(heard, [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }])
    assert.equal(bob.session, session)
  })

  it('holds records back while Kafka stands still, and stores them in order', async (t) => {
    const gateway = await gatewayFor(t)
    const alice = clientOf(t, gateway, 'alice')
    await alice.connect()
    const over = gateway.stallKafka(60)
    const publishing = [1, 2, 3].map((n) => alice.publish({ route: 'orders' }, { n }))
    await waitFor(() => alice.waiting === 3)
    assert.equal(gateway.kafka.records('orders.in').length, 0)
    await over
    const places = await Promise.all(publishing)
    assert.deepEqual(
      places.map(({ offset }) => Number(offset)),
      [0, 1, 2],
    )
    assert.deepEqual(
      gateway.kafka.records('orders.in').map((record) => record.json()),
      [{ n: 1 }, { n: 2 }, { n: 3 }],
    )
  })

  it('loses an ack, so that the client sends again and the handler is asked once', async (t) => {
    const gateway = await gatewayFor(t)
    const alice = clientOf(t, gateway, 'alice')
    await alice.connect()
    const handled: unknown[] = []
    const backend = await gateway.kafka.consume('orders.in', (received) => handled.push(received.json()))
    gateway.loseAck()
    const { offset } = await alice.publish({ route: 'orders' }, { item: 'tea' })
    assert.equal(Number(offset), 1, 'the second copy was acknowledged')
    await waitFor(() => backend.counters().repeats === 1)
    assert.deepEqual(handled, [{ item: 'tea' }])
    const [one, two] = gateway.kafka.records('orders.in')
    assert.equal(one?.headers['ce_id'], two?.headers['ce_id'])
  })

  it('tells of a token’s end, takes a fresh one, and closes who has none', async (t) => {
    const gateway = await gatewayFor(t)
    const [alice, bob] = [clientOf(t, gateway, 'alice'), await gateway.slowClient('bob')]
    await alice.connect()
    const told: unknown[] = []
    alice.on('expiring', (what) => told.push(what))
    gateway.expireToken(undefined, 50)
    bob.resume()
    assert.equal((await bob.closed).code, 4401)
    assert.equal(told.length, 1)
    assert.equal(alice.state, 'open')
  })

  it('has a client that does not read, and treats it as such', async (t) => {
    const gateway = await gatewayFor(t)
    const slow = await gateway.slowClient('bob', { channels: ['room:1'] })
    const backend = gateway.backend()
    for (let n = 0; n < 200; n += 1) await backend.sendTo('user:bob', 'x'.repeat(100_000))
    slow.resume()
    assert.equal((await slow.closed).code, 4513)
  })

  it('gives receipts to a backend that waits for them', async (t) => {
    const gateway = await gatewayFor(t)
    const alice = clientOf(t, gateway, 'alice', { confirm: { every: 1, afterMs: 5 } })
    await alice.connect()
    const stop = alice.onMessage(() => undefined)
    const backend = gateway.backend()
    const wait = { receipt: 'confirmed', timeoutMs: 5_000 } as const
    assert.equal((await backend.sendTo('user:alice', 'hi', wait)).outcome, 'confirmed')
    const nobody = await backend.sendTo('user:nobody', 'hi', wait)
    assert.deepEqual([nobody.outcome, nobody.reason], ['failed', 'no-session'])
    stop()
  })

  it('cancels, and stores in transactions what handlers say', async (t) => {
    const gateway = await gatewayFor(t)
    const alice = clientOf(t, gateway, 'alice')
    await alice.connect()
    const aborted = Promise.withResolvers<void>()
    await gateway.kafka.consume('orders.in', async (received) => {
      received.signal.addEventListener('abort', () => aborted.resolve())
      await received.reply('first', { more: true })
      await aborted.promise
    })
    for await (const { payload } of alice.requestStream({ route: 'orders' }, 'go')) {
      assert.equal(payload, 'first')
      break
    }
    await aborted.promise
    const source = { topic: 'other.in', transactions: true }
    const backend = await gateway.kafka.consume(source, (received) =>
      received.sendTo('everyone', received.value),
    )
    await gateway.kafka.produce('other.in', 'hello')
    const { headers } = await gateway.kafka.record('openclaw.dispatch')
    assert.equal(headers['ce_to'], 'everyone')
    await waitFor(() => backend.counters().transactions === 1)
  })
})
