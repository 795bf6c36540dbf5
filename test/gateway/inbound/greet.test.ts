// From a hello to a session, and a fresh token for one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGreeter, type GreetDeps } from '../../../gateway/inbound/greet.ts'
import type { Hello } from '../../../gateway/protocol/frames.ts'
import { anonymous, type Principal } from '../../../gateway/session/principal.ts'
import { fakeConnection } from '../fake-connection.ts'
import { alice, fakeSession, quietEvents, turn } from '../fakes.ts'

const later = Date.parse('2030-01-01T00:00:00Z')

function world(deps: Partial<GreetDeps> = {}) {
  const log: string[] = []
  const greeter = createGreeter({
    checkToken: (token) => {
      if (token === 'away') return Promise.reject(new Error('keys unavailable'))
      return Promise.resolve(token === 'bad' ? undefined : { ...alice, user: token, expiresAt: later })
    },
    anonymous: undefined,
    mayConnect: () => true,
    openSession: (connection, { user }) => {
      log.push(`open ${user}`)
      connection.session = fakeSession()
      return Promise.resolve()
    },
    channels: { resume: (_client, positions) => void log.push(`channels ${JSON.stringify(positions)}`) },
    onAuthenticated: (connection, principal) => {
      log.push(`authenticated ${principal.user}`)
      connection.principal = principal
    },
    events: quietEvents(),
    ...deps,
  })
  return { greeter, log }
}

const hello = (token?: string): Hello => ({ kind: 'hello', ...(token === undefined ? {} : { token }) })

test('a valid token opens a session, and what came behind it goes on after', async () => {
  const { greeter, log } = world()
  const { connection, messages, socket } = fakeConnection()
  greeter.hello(connection, hello('alice'))
  connection.receive(Buffer.from('behind'), false)
  assert.deepEqual([messages, socket.paused], [[], true])
  await turn()
  assert.deepEqual([log, messages, socket.paused], [['authenticated alice', 'open alice'], ['behind'], false])
})

test('the channels of a client that comes back are resumed once it has its session, before what came behind', async () => {
  const { greeter, log } = world()
  const opened = fakeConnection({ onMessage: (_connection, bytes) => void log.push(bytes.toString()) })
  const channels = { 'room:1': '0.a.b' }
  greeter.hello(opened.connection, { ...hello('alice'), resume: { token: 't', attempt: 1, channels } })
  opened.connection.receive(Buffer.from('behind'), false)
  await turn()
  assert.deepEqual(log, ['authenticated alice', 'open alice', 'channels {"room:1":"0.a.b"}', 'behind'])
})

test('who got no session resumes no channels', async () => {
  const { greeter, log } = world({ openSession: () => Promise.resolve() })
  const resume = { token: 't', attempt: 1, channels: { 'room:1': '0.a.b' } }
  greeter.hello(fakeConnection().connection, { ...hello('alice'), resume })
  await turn()
  assert.deepEqual(log, ['authenticated alice'])
})

for (const [what, token, code] of [
  ['a bad token', 'bad', 4401],
  ['no token', undefined, 4401],
  ['a token that cannot be checked now', 'away', 1013],
] as const) {
  test(`${what} closes with ${code}, and what came behind it is dropped`, async () => {
    const { greeter, log } = world()
    const { connection, messages, socket } = fakeConnection()
    greeter.hello(connection, hello(token))
    connection.receive(Buffer.from('behind'), false)
    await turn()
    assert.deepEqual([socket.closed?.code, log, messages, socket.paused], [code, [], [], false])
  })
}

test('where strangers are let in, no token is needed; a bad one is still none', async () => {
  const { greeter, log } = world({ anonymous })
  const [stranger, liar] = [fakeConnection(), fakeConnection()]
  greeter.hello(stranger.connection, hello())
  greeter.hello(liar.connection, hello('bad'))
  await turn()
  assert.deepEqual([log, liar.socket.closed?.code], [['authenticated undefined', 'open undefined'], 4401])
})

test('the credential of the handshake counts, and a token in hello is not looked at', async () => {
  const { greeter, log } = world()
  const { connection } = fakeConnection()
  connection.principal = { ...alice, user: 'bob' }
  greeter.hello(connection, hello('bad'))
  await turn()
  assert.deepEqual(log, ['open bob'])
})

test('a connection that ends while its token is checked opens nothing', async () => {
  const checked = Promise.withResolvers<Principal>()
  const { greeter, log } = world({ checkToken: () => checked.promise })
  const { connection } = fakeConnection()
  greeter.hello(connection, hello('alice'))
  connection.ended(1006)
  checked.resolve(alice)
  await turn()
  assert.deepEqual(log, [])
})

const authenticate = (token: string) => ({ kind: 'authenticate', id: 'a', token }) as const

test('a fresh token of the same principal takes the place of the old one', async () => {
  const { greeter, log } = world()
  const session = fakeSession()
  const { connection, socket } = fakeConnection({ session })
  greeter.authenticate(connection, authenticate('alice'))
  await turn()
  assert.deepEqual(socket.frames, [{ kind: 'authenticated', id: 'a', expiresAt: '2030-01-01T00:00:00.000Z' }])
  assert.deepEqual([session.principal.expiresAt, log], [later, ['authenticated alice']])
})

for (const [what, token, code] of [
  ['of another user', 'bob', 'forbidden'],
  ['that is not valid', 'bad', 'forbidden'],
  ['that cannot be checked now', 'away', 'internal'],
] as const) {
  test(`a token ${what} is refused, and the session goes on as it was`, async () => {
    const { greeter, log } = world()
    const session = fakeSession()
    const { connection, socket, messages } = fakeConnection({ session })
    greeter.authenticate(connection, authenticate(token))
    connection.receive(Buffer.from('behind'), false)
    await turn()
    assert.deepEqual(
      socket.frames.map(({ kind, id, code: said }) => [kind, id, said]),
      [['refusal', 'a', code]],
    )
    assert.deepEqual([session.principal, log, messages, connection.open], [alice, [], ['behind'], true])
  })
}

test('a connection that ends while its fresh token is checked is counted for nobody again', async () => {
  const { greeter, log } = world()
  const { connection } = fakeConnection()
  greeter.hello(connection, hello('alice'))
  await turn()
  log.length = 0
  greeter.authenticate(connection, { kind: 'authenticate', id: 'a', token: 'alice' })
  connection.ended(1006)
  await turn()
  assert.deepEqual(log, [])
})

test('whom the policy does not let in is closed with 4403 before there is a session', async () => {
  const asked: unknown[] = []
  const { greeter, log } = world({ mayConnect: ({ user }, to) => asked.push([user, to]) < 0 })
  const { connection, socket } = fakeConnection()
  greeter.hello(connection, hello('alice'))
  await turn()
  assert.deepEqual([socket.closed?.code, log], [4403, []])
  assert.deepEqual(asked, [['alice', { path: connection.path, subprotocol: 'openclaw.v1.json' }]])
})

test('a fresh token that the policy does not let in is refused, and the old one still counts', async () => {
  const { greeter, log } = world({ mayConnect: () => false })
  const session = fakeSession()
  const { connection, socket } = fakeConnection({ session })
  greeter.authenticate(connection, authenticate('alice'))
  await turn()
  assert.deepEqual([log, session.principal, connection.open], [[], alice, true])
  assert.equal(socket.frames[0]?.['code'], 'forbidden')
})
