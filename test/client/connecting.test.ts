// Connecting and coming back: tokens, close codes, bad servers, being told why, and ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { type ConnectionError, SignInError, type StateChange } from '../../client/index.ts'
import { waitFor } from '../support/wait.ts'
import { ack, deliver, scripted } from './scripted.ts'

test('states are told as they come, with the reason of a wait', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ random: () => 1 })
  const states: StateChange[] = []
  one.on('state', (change) => states.push(change))
  assert.equal(one.state, 'idle')
  const connected = one.connect()
  const peer = await welcome()
  assert.equal((await connected).session, 's-1')
  peer.ws.close(1012, 'draining')
  await welcome({ resumed: true })
  await waitFor(() => states.length === 5)
  const seen = states.map(({ state, reason }) => [state, reason])
  assert.deepEqual(seen, [
    ['connecting', undefined],
    ['open', undefined],
    ['waiting', 'close-1012'],
    ['connecting', undefined],
    ['open', undefined],
  ])
  assert.equal(states[2]?.retryInMs, 10)
  await one.close()
  assert.deepEqual([one.state, states.at(-1)?.reason], ['closed', 'closed'])
})

test('the token is asked for once at a time, and again with the reason after a refusal', async (t) => {
  const { stage, client } = await scripted(t)
  const reasons: string[] = []
  const one = client({
    token: (reason) => {
      reasons.push(reason)
      return `t-${reasons.length}`
    },
  })
  const connected = one.connect()
  const first = await stage.connection()
  await first.next('hello')
  first.ws.close(4401, 'no')
  const { peer, hello } = await stage.welcome({ expiresAt: new Date(Date.now() + 200).toISOString() })
  assert.equal(hello['token'], 't-2')
  await connected
  // The end of the token comes near, and the gateway says so at the same time.
  peer.tell('expiring', { expiresAt: new Date(Date.now() + 200).toISOString() })
  const { fields } = await peer.next('authenticate')
  assert.equal(fields['token'], 't-3')
  peer.tell('authenticated', { id: fields['id'], expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
  assert.deepEqual(reasons, ['connect', 'refused', 'expiring'])
})

test('a token that is refused and does not change ends it, with what to do', async (t) => {
  const { stage, client } = await scripted(t)
  const connected = client().connect()
  const peer = await stage.connection()
  peer.ws.close(4401, 'no')
  await assert.rejects(connected, (error: SignInError) => {
    return error instanceof SignInError && error.code === 'unauthenticated' && /sign in/.test(error.fix)
  })
})

test('a token function that fails is asked again; one that says sign in is not', async (t) => {
  const { client, welcome } = await scripted(t)
  let asked = 0
  const patient = client({
    token: () => {
      asked += 1
      if (asked < 3) throw new Error('the identity service is away')
      return 'good'
    },
  })
  const connected = patient.connect()
  await welcome()
  await connected
  const out = client({ token: () => Promise.reject(new SignInError('nobody is signed in')) })
  await assert.rejects(out.connect(), /nobody is signed in/)
  assert.equal(out.state, 'closed')
})

test('an address that is none, and an abort, end a connect', async (t) => {
  const { client } = await scripted(t)
  await assert.rejects(
    client({ url: 'no address' }).connect(),
    (error: ConnectionError) => error.code === 'bad-url',
  )
  const waiting = client({ url: 'ws://127.0.0.1:1/' })
  await assert.rejects(waiting.connect({ signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  await waitFor(() => waiting.state === 'closed')
})

test('after a close it connects again when it is asked to', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ log: undefined, codec: undefined } as object)
  const [got, ended]: [unknown[], boolean[]] = [[], []]
  one.onMessage(({ payload }) => got.push(payload))
  void (async () => {
    for await (const _ of one.messages()) continue
    ended.push(true)
  })()
  const first = one.connect()
  await welcome()
  await first
  await one.close()
  await assert.rejects(one.publish('r', 1, { timeoutMs: 30 }), { code: 'timeout' })
  const second = one.connect()
  const peer = await welcome({ session: 's-2' })
  assert.equal(peer.hello['resume'], undefined)
  assert.equal((await second).session, 's-2')
  deliver(peer, 'p-1', 'after')
  await waitFor(() => got.length === 1)
  assert.deepEqual([got, ended], [['after'], [true]])
})

test('why a handshake was refused is found out by a GET, told and heeded', async (t) => {
  const answers: [number, object][] = [
    [503, { code: 'full' }],
    [403, { code: 'origin-not-allowed' }],
  ]
  const server = createServer((_request, response) => {
    const [status, body] = answers[0] ?? [418, {}]
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' })
    response.end(JSON.stringify(body))
    answers.shift()
  })
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 503 No\r\nconnection: close\r\n\r\n'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/?secret=1`
  const { client } = await scripted(t)
  const [warnings, states]: [string[], StateChange[]] = [[], []]
  const one = client({ url, log: { warn: (text) => warnings.push(text), error: () => {} } })
  one.on('state', (change) => states.push(change))
  await assert.rejects(one.connect(), (error: ConnectionError) => {
    return error.code === 'origin-not-allowed' && error.status === 403
  })
  assert.equal(states.find(({ state }) => state === 'waiting')?.reason, 'full')
  assert.match(warnings[0] ?? '', /HTTP 503 full/)
  assert.ok(warnings.every((text) => !text.includes('secret')))
})

test('silence is noticed, and a goaway is followed when what is under way has its answer', async (t) => {
  const { client, welcome } = await scripted(t)
  const one = client({ WebSocket })
  const connected = one.connect()
  const peer = await welcome({ heartbeatMs: 60 })
  await connected
  assert.equal((await peer.ended()).code, 1006)
  const back = await welcome({ resumed: true })
  const published = one.publish('r', 1)
  const { fields } = await back.next('publish')
  back.tell('goaway', { reason: 'draining', reconnectAfterMs: 20 })
  const late = one.publish('r', 2)
  await new Promise((resolve) => setTimeout(resolve, 80))
  assert.equal(back.end, undefined, 'it waits for the answer')
  ack(back, fields)
  await published
  await back.next('publish').then(({ fields: second }) => ack(back, second))
  await late
  assert.notEqual((await back.ended()).code, 1000)
  await welcome({ resumed: true })
})
