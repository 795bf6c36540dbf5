// What becomes of each message: hello first, once; what cannot be read is refused; nothing is taken while the slot is in doubt.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { TimerWheel } from '../../../gateway/connection/timer-wheel.ts'
import type { Greeter } from '../../../gateway/inbound/greet.ts'
import { createPressure } from '../../../gateway/inbound/pressure.ts'
import { createReceive } from '../../../gateway/inbound/receive.ts'
import { compileRoutes } from '../../../gateway/inbound/routes.ts'
import type { Session } from '../../../gateway/session/session.ts'
import { waitFor } from '../../support/wait.ts'
import { fakeConnection } from '../fake-connection.ts'
import { FakePublisher, fakeChannels, fakeHome, fakeSession, quietEvents } from '../fakes.ts'

type Guard = { fresh(): boolean; check(): Promise<boolean> }
const sure: Guard = { fresh: () => true, check: () => Promise.resolve(true) }

function world(t: TestContext, options: { session?: Session; guard?: Guard } = {}) {
  const wheel = new TimerWheel(5)
  t.after(() => wheel.stop())
  const publisher = new FakePublisher()
  const greeted: string[] = []
  const greeter: Greeter = {
    hello: (_connection, { token }) => void greeted.push(`hello ${token}`),
    authenticate: (_connection, { token }) => void greeted.push(`authenticate ${token}`),
  }
  const receive = createReceive({
    greeter,
    channels: fakeChannels(),
    guard: options.guard ?? sure,
    home: () => fakeHome({ confirm: (session, { next }) => void greeted.push(`${session.id} has ${next}`) }),
    routes: compileRoutes(settings.parse({ chat: { topic: 'chat.in' } })),
    publisher,
    pressure: createPressure(publisher),
    wheel,
    events: quietEvents(),
    cluster: 'main',
    limits: { inflight: 10, requestTimeout: 1_000 },
  })
  const opened = fakeConnection({
    ...(options.session === undefined ? {} : { session: options.session }),
    onMessage: receive,
    held: 100_000,
  })
  const send = (frame: object | string, binary = false) =>
    opened.connection.receive(Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)), binary)
  return { ...opened, send, greeted, publisher }
}

const numbered = (n: number) => ({ publish: { id: `m-${n}`, route: 'chat', payload: n } })

test('hello is handed to who greets', (t) => {
  const { send, greeted } = world(t)
  send({ hello: { token: 'abc' } })
  assert.deepEqual(greeted, ['hello abc'])
})

for (const [what, frame] of [
  ['another frame', { ping: {} }],
  ['no JSON', 'hello'],
  ['an unknown kind', { hi: {} }],
  ['a broken hello', { hello: { token: 5 } }],
] as const) {
  test(`${what} before hello closes with 4400`, (t) => {
    const { send, socket } = world(t)
    send(frame)
    assert.deepEqual([socket.closed?.code, socket.sent], [4400, []])
  })
}

test('a second hello closes with 4400', (t) => {
  const { send, socket, greeted } = world(t, { session: fakeSession() })
  send({ hello: {} })
  assert.deepEqual([socket.closed?.code, greeted], [4400, []])
})

test('within a session a frame that cannot be read is refused by its id, and the next one is taken', (t) => {
  const { send, socket } = world(t, { session: fakeSession() })
  send({ hi: { id: 'x' } })
  send('{"publish":')
  send({ ping: {} })
  assert.deepEqual(
    socket.frames.map(({ kind, id, code }) => [kind, id, code]),
    [
      ['refusal', 'x', 'invalid-frame'],
      ['refusal', undefined, 'invalid-frame'],
      ['pong', undefined, undefined],
    ],
  )
})

test('a binary message where text is spoken closes with 4400', (t) => {
  const { send, socket } = world(t, { session: fakeSession() })
  send({ ping: {} }, true)
  assert.equal(socket.closed?.code, 4400)
})

test('kinds go where they belong', (t) => {
  const session = fakeSession()
  const told: string[] = []
  session.requests.open('q', { stopTimer: () => undefined, tellBackend: () => told.push('backend') })
  const { send, socket, greeted, publisher } = world(t, { session })
  send(numbered(1))
  send({ cancel: { id: 'q' } })
  send({ confirm: { position: '0.0.a.0' } })
  send({ authenticate: { id: 'a', token: 'new' } })
  for (const kind of ['subscribe', 'unsubscribe', 'members']) send({ [kind]: { id: kind, channel: 'c' } })
  const heard = [`${session.id} has 10`, 'authenticate new']
  assert.deepEqual([publisher.records.length, told, greeted], [1, ['backend'], heard])
  assert.deepEqual(
    socket.frames.map(({ id, code }) => [id, code]),
    ['subscribe', 'unsubscribe', 'members'].map((id) => [id, 'unknown-channel']),
  )
})

test('a position that this gateway never gave confirms nothing', (t) => {
  const { send, socket, greeted } = world(t, { session: fakeSession() })
  send({ confirm: { position: '10' } })
  assert.deepEqual([socket.frames[0]?.['code'], greeted], ['invalid-frame', []])
})

test('while the slot is in doubt frames wait, and then go on in their order', async (t) => {
  const asked = Promise.withResolvers<boolean>()
  let certain = false
  const guard = { fresh: () => certain, check: () => asked.promise }
  const { send, socket, publisher } = world(t, { session: fakeSession(), guard })
  for (const n of [1, 2, 3]) send(numbered(n))
  assert.deepEqual([publisher.records.length, socket.paused], [0, true])
  certain = true
  asked.resolve(true)
  await waitFor(() => publisher.records.length === 3)
  assert.deepEqual(
    publisher.records.map(({ value }) => value.toString()),
    ['1', '2', '3'],
  )
  assert.equal(socket.paused, false)
})

for (const [what, check] of [
  ['nobody can say', () => Promise.resolve(false)],
  ['asking fails', () => Promise.reject(new Error('a bug'))],
] as const) {
  test(`while ${what} whose the slot is, it asks again, but not at once`, async (t) => {
    let asked = 0
    let certain = false
    const guard: Guard = {
      fresh: () => certain,
      check() {
        asked++
        return certain ? Promise.resolve(true) : check()
      },
    }
    const { send, publisher } = world(t, { session: fakeSession(), guard })
    send(numbered(1))
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([asked, publisher.records.length], [1, 0])
    certain = true
    await waitFor(() => publisher.records.length === 1)
    assert.equal(asked, 2)
  })
}

test('a connection whose slot turns out lost is not asked for any more', async (t) => {
  let asked = 0
  const world1 = world(t, {
    session: fakeSession(),
    guard: {
      fresh: () => false,
      check() {
        asked++
        world1.connection.close('slot-lost', 'lost')
        return Promise.resolve(false)
      },
    },
  })
  world1.send(numbered(1))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual([asked, world1.socket.closed?.code, world1.publisher.records.length], [1, 4510, 0])
})
