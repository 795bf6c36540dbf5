// A connection lives as long as its credential: told in time, refreshed in band, and closed where it is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { audience, issuer, tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const ttlS = 5
const graceMs = 2_000
const count = process.env['OPENCLAW_TEST_LONG'] === '1' ? 1_000 : 200

test(`of ${count} connections with ${ttlS} s tokens those stay that show fresh ones; the others end, and nothing of them is taken`, async (t) => {
  const cluster = await testCluster(t, { overrides: { auth: { expiryGrace: graceMs } } })
  const jwksFile = `${cluster.folder}/jwks.json`
  const jwt = [{ issuer, audience, jwksFile, clockTolerance: 0 }]
  const node = await startNode(t, cluster, { auth: { jwt }, limits: { inflight: 10 } })
  const short = await tokenFor('alice', { ttl: ttlS })
  const until = Math.floor(Date.now() / 1_000) * 1_000 + ttlS * 1_000
  const clients: TestClient[] = []
  while (clients.length < count)
    clients.push(...(await Promise.all(Array.from({ length: 50 }, () => welcomed(t, node.port, short)))))
  const [fresh, stale] = [clients.filter((_, n) => n % 2 === 0), clients.filter((_, n) => n % 2 === 1)]
  const expiring = await Promise.all(clients.map((client) => client.next('expiring', undefined, 20_000)))
  const expiresAt = Date.parse(String(expiring[0]?.['expiresAt']))
  assert.ok(Math.abs(expiresAt - until) <= 1_000)
  assert.ok(Date.now() < expiresAt, 'they are told before')
  const token = await tokenFor('alice', { ttl: 600 })
  for (const client of fresh) client.send({ authenticate: { id: 'a', token } })
  for (const client of fresh) {
    const { expiresAt: later } = await client.next('authenticated')
    assert.ok(Date.parse(String(later)) > expiresAt + 500_000)
  }

  await waitFor(() => Date.now() > expiresAt + 100, { timeoutMs: 20_000 })
  for (const [n, client] of stale.entries())
    client.send({ publish: { id: `late-${n}`, route: 'echo', payload: n } })
  for (const client of stale) assert.equal((await client.next('refusal'))['code'], 'token-expired')
  const closedAt = await Promise.all(
    stale.map(async ({ closed }) => {
      assert.equal((await closed).code, 4401)
      return Date.now() - expiresAt
    }),
  )
  const [first, last] = [Math.min(...closedAt), Math.max(...closedAt)]
  t.diagnostic(
    `closed ${closedAt.length} of ${count}, ${first} to ${last} ms after the end (grace ${graceMs})`,
  )
  assert.ok(first >= graceMs - 1_000 && last <= graceMs + 1_000)
  for (const [n, client] of fresh.entries())
    client.send({ publish: { id: `on-${n}`, route: 'echo', payload: n } })
  for (const client of fresh) await client.next('ack')
  const taken =
    (await cluster.kafka.endOffset(cluster.echo, 0)) + (await cluster.kafka.endOffset(cluster.echo, 1))
  assert.equal(taken, fresh.length)
})

test('within the grace a fresh token is still taken; one of another user never, and raw connections have no grace', async (t) => {
  const cluster = await testCluster(t, { overrides: { auth: { expiryGrace: 20_000 } } })
  const jwt = [{ issuer, audience, jwksFile: `${cluster.folder}/jwks.json`, clockTolerance: 0 }]
  const node = await startNode(t, cluster, { auth: { jwt } })
  const token = await tokenFor('alice', { ttl: 2 })
  const alice = await welcomed(t, node.port, token)
  const raw = await connect(t, node.port, { token, protocols: [], path: '/echo' })
  assert.equal((await raw.closed).code, 4401)
  alice.send({ publish: { id: 'p-1', route: 'echo', payload: 1 } })
  assert.equal((await alice.next('refusal'))['code'], 'token-expired')
  alice.send({ authenticate: { id: 'a-1', token: await tokenFor('mallory') } })
  assert.equal((await alice.next('refusal'))['code'], 'forbidden')
  alice.send({ authenticate: { id: 'a-2', token: await tokenFor('alice') } })
  await alice.next('authenticated')
  alice.send({ publish: { id: 'p-2', route: 'echo', payload: 2 } })
  await alice.next('ack')
})
