// Tenants whose backends do not trust each other: topics, replies and feeds of their own, dispatch closed, strangers kept out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { randomName } from '../support/names.ts'
import { waitFor } from '../support/wait.ts'

const name = randomName('t')
const of = (tenant: string) => ({
  topicPrefix: `${name}.${tenant}.`,
  replyTo: `${name}.${tenant}.replies`,
})
const feed = (tenant: string) => ({
  topic: of(tenant).replyTo,
  to: 'header',
  tenant,
  targets: ['session', 'user'],
})

const overrides = {
  auth: {
    unknownTenants: 'deny',
    allow: "path != '/admin' || 'admin' in principal.roles",
  },
  tenants: { acme: of('acme'), evil: of('evil') },
  dispatch: { targets: [] },
  routes: { chat: { topic: 'chat', match: [{ path: '/chat' }] } },
  feeds: { acme: feed('acme'), evil: feed('evil') },
}

test('a tenant’s backends need no topic but its own, and reach its clients alone', async (t) => {
  const cluster = await testCluster(t, { overrides: overrides as never })
  const { kafka, topics } = cluster
  const own = ['acme', 'evil'].flatMap((tenant) => [`${of(tenant).topicPrefix}chat`, of(tenant).replyTo])
  await kafka.createTopics(own.map((topic) => ({ topic })))
  const node = await startNode(t, cluster)
  const token = (tenant: string, claims = {}) => tokenFor('alice', { claims: { tenant, ...claims } })
  const [acme, evil] = [
    await welcomed(t, node.port, await token('acme')),
    await welcomed(t, node.port, await token('evil')),
  ]
  const [receipts, quarantined] = [await kafka.read(topics.receipts), await kafka.read(topics.quarantine)]
  const requests = await kafka.read(`${of('acme').topicPrefix}chat`)

  await t.test('a reply goes by the topic that ce_replyto names', async () => {
    acme.send({ request: { id: 'q', route: 'chat', payload: 1, timeoutMs: 90_000 } })
    const { headers } = await waitFor(() => requests[0], { timeoutMs: 30_000 })
    assert.equal(headers['ce_replyto'], of('acme').replyTo)
    await kafka.send(of('acme').replyTo, [{ value: '"answer"', headers }])
    assert.equal((await acme.next('reply', () => true, 90_000))['payload'], 'answer')
  })
  await t.test('the same reply on the topic of another tenant is none of theirs', async () => {
    acme.send({ request: { id: 'r', route: 'chat', payload: 1, timeoutMs: 60_000 } })
    const { headers } = await waitFor(() => requests[1], { timeoutMs: 30_000 })
    await kafka.send(of('evil').replyTo, [{ value: '"crossing"', headers }])
    await waitFor(() => receipts.find(({ text }) => text.includes('wrong-tenant')), { timeoutMs: 90_000 })
    await kafka.send(of('acme').replyTo, [{ value: '"answer"', headers }])
    assert.equal((await acme.next('reply', () => true, 30_000))['payload'], 'answer')
  })
  await t.test('a kind of target that the feed does not list is put aside', async () => {
    await kafka.send(of('evil').replyTo, [{ value: '1', headers: { ce_to: 'everyone' } }])
    await waitFor(() => quarantined.find(({ text }) => text.includes('not for everyone targets')), {
      timeoutMs: 30_000,
    })
  })
  await t.test('dispatch is closed, also to the own tenant', async () => {
    await kafka.send(topics.dispatch, [{ value: '1', headers: { ce_to: 'user:alice', ce_tenant: 'acme' } }])
    await waitFor(() => quarantined.find(({ text }) => text.includes('not for user targets')), {
      timeoutMs: 90_000,
    })
  })
  await t.test('what clients send stands in topics of their tenant', async () => {
    const theirs = await kafka.read(`${of('evil').topicPrefix}chat`)
    evil.send({ publish: { id: 'p', route: 'chat', payload: 2 } })
    assert.equal((await evil.next('ack'))['topic'], `${of('evil').topicPrefix}chat`)
    await waitFor(() => theirs.length === 1, { timeoutMs: 30_000 })
    assert.ok(requests.every(({ headers }) => headers['ce_tenant'] === 'acme'))
  })
  for (const [what, claims] of [
    ['of a tenant that nobody named', { tenant: 'other' }],
    ['of no tenant', {}],
    ['of a tenant named like a property', { tenant: 'constructor' }],
  ] as const) {
    const stranger = () => tokenFor('alice', { claims })
    await t.test(`somebody ${what} is not let in, by hello`, async () => {
      const client = await connect(t, node.port)
      client.send({ hello: { token: await stranger() } })
      assert.equal((await client.closed).code, 4403)
    })
    await t.test(`nor by a header, in band and over HTTP`, async () => {
      assert.equal((await (await connect(t, node.port, { token: await stranger() })).closed).code, 4403)
      const raw = connect(t, node.port, { protocols: [], path: '/chat', token: await stranger() })
      await assert.rejects(raw, /HTTP 403/)
    })
  }
  await t.test('the rule of the door sees the path', async () => {
    const plain = await connect(t, node.port, { path: '/admin', token: await token('acme') })
    assert.equal((await plain.closed).code, 4403)
    const admin = await connect(t, node.port, {
      path: '/admin',
      token: await token('acme', { roles: ['admin'] }),
    })
    admin.send({ hello: {} })
    assert.equal((await admin.next('welcome'))['resumed'], false)
  })
  assert.deepEqual(
    [...acme.frames, ...evil.frames].filter(({ kind }) => kind === 'message' || kind === 'reply'),
    [],
  )
})
