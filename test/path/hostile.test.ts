// What a hostile or broken client can send: each gets the contract's answer, and the process goes on.
import assert from 'node:assert/strict'
import { connect as netConnect } from 'node:net'
import { test } from 'node:test'
import { connect, welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'

const masked = (opcode: number, fin: boolean, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload])

test('whatever a client sends, it gets its code and the process lives', async (t) => {
  const cluster = await testCluster(t)
  const node = await startProcess(t, cluster, {
    listen: { host: '127.0.0.1', port: 0, maxConnections: 40 },
    auth: { helloTimeout: 700 },
    origins: ['https://app.example.com'],
  })
  const token = await tokenFor('mallory')
  const explain = (headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${node.port}/echo`, { headers }).then(async (response) => ({
      status: response.status,
      body: (await response.json()) as { code: string },
      retryAfter: response.headers.get('retry-after'),
    }))

  const closesWith: readonly [name: string, code: number, frame: string | Buffer][] = [
    ['a first frame that is no hello', 4400, '{"ping":{}}'],
    ['binary on a text subprotocol', 4400, Buffer.from([1, 2, 3])],
    ['a token nobody signed', 4401, JSON.stringify({ hello: { token: 'a.b.c' } })],
    ['an expired token', 4401, JSON.stringify({ hello: { token: await tokenFor('x', { ttl: -60 }) } })],
    [
      'a token of another issuer',
      4401,
      JSON.stringify({ hello: { token: await tokenFor('x', { issuer: 'other' }) } }),
    ],
    [
      'a token for another audience',
      4401,
      JSON.stringify({ hello: { token: await tokenFor('x', { audience: 'other' }) } }),
    ],
    ['no token at all', 4401, '{"hello":{}}'],
    ['a message over the limit', 1009, `{"publish":{"payload":"${'x'.repeat(70_000)}"}}`],
  ]
  for (const [name, code, frame] of closesWith) {
    await t.test(`${name} closes with ${code}`, async () => {
      const client = await connect(t, node.port)
      client.ws.send(frame)
      assert.equal((await client.closed).code, code)
    })
  }
  await t.test('no hello in time closes with 4401', async () => {
    assert.equal((await (await connect(t, node.port)).closed).code, 4401)
  })
  await t.test('a second hello closes with 4400', async () => {
    const client = await welcomed(t, node.port, token)
    client.send({ hello: {} })
    assert.equal((await client.closed).code, 4400)
  })

  const refusedWith: readonly [name: string, code: string, frame: string, id?: string][] = [
    ['broken JSON', 'invalid-frame', '{"publish":{'],
    ['an array', 'invalid-frame', '[]'],
    ['no kind', 'invalid-frame', '{}'],
    ['two kinds', 'invalid-frame', '{"ping":{},"publish":{}}'],
    ['an unknown kind, its id repeated', 'invalid-frame', '{"shout":{"id":"u1"}}', 'u1'],
    ['an id with a slash', 'invalid-frame', '{"publish":{"id":"a/b","route":"echo","payload":1}}'],
    ['a route that is a number', 'invalid-frame', '{"publish":{"id":"t1","route":7,"payload":1}}', 't1'],
    ['no payload', 'invalid-frame', '{"publish":{"id":"n1","route":"echo"}}', 'n1'],
    [
      'a header that is ours',
      'invalid-frame',
      '{"publish":{"id":"h1","route":"echo","headers":{"ce_subject":"root"},"payload":1}}',
      'h1',
    ],
    [
      'a header with a line break',
      'invalid-frame',
      '{"publish":{"id":"h2","route":"echo","headers":{"x-a":"b\\r\\nc"},"payload":1}}',
      'h2',
    ],
    [
      'a CloudEvents content type',
      'invalid-frame',
      '{"publish":{"id":"c1","route":"echo","contentType":"application/cloudevents+json","payload":1}}',
      'c1',
    ],
    [
      'a route nobody configured',
      'unknown-route',
      '{"publish":{"id":"r1","route":"openclaw.dispatch","payload":1}}',
      'r1',
    ],
    [
      'a route named like a property of objects',
      'unknown-route',
      '{"publish":{"id":"r2","route":"__proto__","payload":1}}',
      'r2',
    ],
    ['a channel nobody configured', 'unknown-channel', '{"subscribe":{"id":"s1","channel":"room:1"}}', 's1'],
    [
      'a token of another user',
      'forbidden',
      JSON.stringify({ authenticate: { id: 'a1', token: await tokenFor('somebody-else') } }),
      'a1',
    ],
  ]
  const client = await welcomed(t, node.port, token)
  for (const [name, code, frame, id] of refusedWith) {
    await t.test(`${name} is refused as ${code}`, async () => {
      client.ws.send(frame)
      const refusal = await client.next('refusal')
      assert.deepEqual([refusal['code'], refusal['id']], [code, id])
      assert.equal(typeof refusal['message'], 'string')
    })
  }

  await t.test('100 fragments are too many', async () => {
    const raw = await connect(t, node.port)
    const socket = (raw.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket
    socket.write(masked(1, false, Buffer.from('{')))
    for (let n = 0; n < 100; n++) socket.write(masked(0, false, Buffer.from(' ')))
    assert.ok([1008, 1009].includes((await raw.closed).code))
  })
  await t.test('a flood of pings ends its own connection only', async () => {
    const flood = await welcomed(t, node.port, token)
    for (let n = 0; n < 1_000; n++) flood.ws.ping()
    // What is still on its way when the socket ends may cost the client the close frame.
    assert.ok([4529, 1006].includes((await flood.closed).code))
  })
  await t.test('invalid UTF-8 closes with 1007', async () => {
    const raw = await connect(t, node.port)
    const socket = (raw.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket
    socket.write(masked(1, true, Buffer.from([0xc3, 0x28])))
    assert.equal((await raw.closed).code, 1007)
  })

  await t.test('a handshake is answered by HTTP where no subprotocol of ours is offered', async () => {
    await assert.rejects(connect(t, node.port, { protocols: ['other'], token }), /HTTP 400/)
    await assert.rejects(connect(t, node.port, { protocols: [], path: '/echo' }), /HTTP 401/)
    await assert.rejects(
      connect(t, node.port, { protocols: [], path: '/echo', token, origin: 'null' }),
      /HTTP 403/,
    )
    await assert.rejects(connect(t, node.port, { protocols: [], path: '/none', token }), /HTTP 404/)
    await assert.rejects(
      connect(t, node.port, {
        protocols: [],
        path: '/echo',
        token,
        headers: { 'x-long': 'y'.repeat(20_000) },
      }),
      /HTTP 431/,
    )
  })
  await t.test('a page of another origin is closed with 4403, one of ours is let in', async () => {
    const bad = await connect(t, node.port, { origin: 'https://evil.example' })
    assert.equal((await bad.closed).code, 4403)
    const good = await connect(t, node.port, { origin: 'https://app.example.com', token })
    good.send({ hello: {} })
    await good.next('welcome')
  })
  await t.test('a plain GET says what an upgrade would have said', async () => {
    assert.deepEqual((await explain({ authorization: 'Bearer nope' })).body, { code: 'unauthenticated' })
    assert.equal((await explain({ authorization: `Bearer ${token}` })).status, 200)
    assert.deepEqual((await explain({ origin: 'https://evil.example' })).body, { code: 'origin-not-allowed' })
  })
  await t.test('garbage instead of HTTP is answered or dropped', async () => {
    const socket = netConnect(node.port, '127.0.0.1')
    socket.end('\u0000\u0001GARBAGE\r\n\r\n')
    await new Promise((resolve) => socket.once('close', resolve).resume())
  })
  await t.test('a full node says so', async () => {
    const crowd = await Promise.allSettled(Array.from({ length: 60 }, () => connect(t, node.port, { token })))
    const refused = crowd.filter(({ status }) => status === 'rejected')
    assert.ok(refused.length >= 20)
    assert.match(String((refused[0] as PromiseRejectedResult).reason), /HTTP 503/)
  })

  client.send({ publish: { id: 'still', route: 'echo', payload: 'alive' } })
  assert.equal((await client.next('ack'))['id'], 'still')
  process.kill(node.pid, 0)
  assert.ok(!node.lines.some((line) => String(line['msg']).includes('Error')))
})
