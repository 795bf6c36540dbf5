// Nothing can be known of a token now: the client is told to come again, whichever way it came, and never that it is not valid.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { introspectionServer } from '../gateway/admission/authenticators/introspection-server.ts'
import { connect, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'

test('while the server of opaque tokens is down, clients are told to come again', async (t) => {
  const server = await introspectionServer(t)
  const settings = { url: server.url, clientId: 'gateway', clientSecret: 'a secret of ours' }
  const node = await startNode(t, await testCluster(t), {
    auth: { introspection: [{ ...settings, failures: 2, pause: '1m' }] },
  })
  server.tokens.set('known', { active: true, sub: 'alice', exp: Date.now() / 1000 + 600 })
  const alice = await welcomed(t, node.port, 'known')
  server.answer = 500

  await t.test('by a close code, for a token on the handshake or in hello', async () => {
    const onHandshake = await connect(t, node.port, { token: 'new-1' })
    assert.equal((await onHandshake.closed).code, 1013)
    const inHello = await connect(t, node.port)
    inHello.send({ hello: { token: 'new-2' } })
    assert.equal((await inHello.closed).code, 1013)
  })

  await t.test('by HTTP, where there are no frames or nobody upgrades', async () => {
    await assert.rejects(connect(t, node.port, { token: 'new-3', path: '/echo', protocols: [] }), /HTTP 503/)
    const plain = await fetch(`http://127.0.0.1:${node.port}/echo`, {
      headers: { authorization: 'Bearer new-4' },
    })
    assert.deepEqual([plain.status, await plain.json()], [503, { code: 'not-ready' }])
    assert.ok(Number(plain.headers.get('retry-after')) >= 1)
  })

  await t.test('the server is asked no more than it was said to be', () => {
    assert.equal(server.asked.length, 3)
  })

  await t.test('who is in stays in, and a token that is known still lets in', async () => {
    alice.send({ ping: {} })
    await alice.next('pong')
    await welcomed(t, node.port, 'known')
  })
})
