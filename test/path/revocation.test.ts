// What is revoked ends everywhere within a second, and nobody comes in or back with it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connect, type Frame, type TestClient, welcomed } from '../support/client.ts'
import { type Cluster, startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const revoke = (cluster: Cluster, key: string, value: object | string = {}): Promise<void> =>
  cluster.kafka.send(`${cluster.name}.revocations`, [
    { key, value: typeof value === 'string' ? value : JSON.stringify(value) },
  ])

/** Milliseconds from the record's ack to the last close. */
async function closedWithin(clients: readonly TestClient[]): Promise<number> {
  const since = performance.now()
  for (const { closed } of clients) assert.equal((await closed).code, 4410)
  return performance.now() - since
}

async function stays(client: TestClient): Promise<void> {
  client.send({ ping: {} })
  await client.next('pong')
}

const endedOf = async (cluster: Cluster) => {
  const events = await cluster.kafka.read(`${cluster.name}.events`)
  return async ({ welcome }: { welcome: Frame }): Promise<string> => {
    const found = await waitFor(
      () =>
        events.find(
          ({ headers }) =>
            headers['ce_type'] === 'openclaw.session.ended' && headers['ce_session'] === welcome['session'],
        ),
      { timeoutMs: 20_000 },
    )
    return (JSON.parse(found.text) as { reason: string }).reason
  }
}

const refused = async (t: TestContext, port: number, token: string): Promise<void> => {
  await assert.rejects(connect(t, port, { token, protocols: [], path: '/echo' }), /HTTP 401/)
  const client = await connect(t, port)
  client.send({ hello: { token } })
  assert.equal((await client.closed).code, 4401)
}

test('a user, a token and a session are closed with 4410 on both nodes within a second, and others are not', async (t) => {
  const cluster = await testCluster(t)
  const [one, two] = [await startNode(t, cluster), await startNode(t, cluster)]
  const reasonOf = await endedOf(cluster)
  const token = await tokenFor('alice', { claims: { jti: 'of-alice' } })
  const here = await welcomed(t, one.port, await tokenFor('alice'))
  const there = await welcomed(t, two.port, token)
  const bob = await welcomed(t, two.port, await tokenFor('bob', { claims: { jti: 'of-bob' } }))
  const carol = await welcomed(t, one.port, await tokenFor('carol'))
  const other = await welcomed(t, one.port, await tokenFor('alice', { claims: { tenant: 'acme' } }))
  const raw = await connect(t, two.port, { token, protocols: [], path: '/echo' })

  await revoke(cluster, 'user:/alice', { reason: 'a test' })
  const byUser = await closedWithin([here, there, raw])
  await revoke(cluster, 'token:of-bob')
  const byToken = await closedWithin([bob])
  await revoke(cluster, `session:${String(carol.welcome['session'])}`)
  const bySession = await closedWithin([carol])
  t.diagnostic(
    `ms from ack to close: user ${byUser.toFixed()}, token ${byToken.toFixed()}, session ${bySession.toFixed()}`,
  )
  for (const took of [byUser, byToken, bySession]) assert.ok(took < 1_000, `${took} ms`)
  for (const client of [here, there, bob, carol]) assert.equal(await reasonOf(client), 'revoked')
  await stays(other)

  for (const node of [one, two]) await refused(t, node.port, await tokenFor('alice'))
  await stays(await welcomed(t, two.port, await tokenFor('bob', { claims: { jti: 'another' } })))
  await stays(await welcomed(t, one.port, await tokenFor('carol')))
  await cluster.kafka.send(`${cluster.name}.revocations`, [
    { key: 'user:/alice', value: null as unknown as string },
  ])
  await waitFor(async () => {
    const client = await connect(t, two.port)
    client.send({ hello: { token } })
    return client.next('welcome').catch(() => undefined)
  })
})
