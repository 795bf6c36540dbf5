// What is revoked ends everywhere within a second, and nobody comes in or back with it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createGateway } from '../../gateway/compose/gateway.ts'
import { loadConfig } from '../../gateway/config/load.ts'
import { onEnd } from '../support/cleanup.ts'
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

test('a session that is away ends too, and neither it nor a revoked one is brought back, on any node', async (t) => {
  const cluster = await testCluster(t)
  const [one, two] = [await startNode(t, cluster), await startNode(t, cluster)]
  const reasonOf = await endedOf(cluster)
  const token = await tokenFor('alice')
  const away = await welcomed(t, one.port, token)
  const here = await welcomed(t, one.port, await tokenFor('bob'))
  away.ws.terminate()
  const events = await cluster.kafka.read(`${cluster.name}.events`)
  await waitFor(() => events.some(({ headers }) => headers['ce_type'] === 'openclaw.session.detached'))
  const notBefore = new Date(Math.ceil(Date.now() / 1_000) * 1_000).toISOString()
  await revoke(cluster, 'user:/alice', { notBefore })
  assert.equal(await reasonOf(away), 'revoked')
  await revoke(cluster, `session:${String(here.welcome['session'])}`)
  await closedWithin([here])

  const resumeOf = ({ welcome }: { welcome: Frame }) => ({
    resume: { token: welcome['resumeToken'], attempt: 1, position: welcome['position'] },
  })
  await waitFor(() => Date.now() > Date.parse(notBefore) + 1_000)
  const again = await welcomed(t, two.port, await tokenFor('alice'), resumeOf(away))
  assert.deepEqual([again.welcome['resumed'], again.welcome['recovered']], [false, false])
  const bob = await connect(t, two.port)
  bob.send({ hello: { token: await tokenFor('bob'), ...resumeOf(here) } })
  assert.equal((await bob.closed).code, 4410)
})

test('the session of a revoked token ends in its log, so that a fresh token does not bring it back', async (t) => {
  const cluster = await testCluster(t)
  const [one, two] = [await startNode(t, cluster), await startNode(t, cluster)]
  const token = await tokenFor('alice', { claims: { jti: 'stolen' } })
  const alice = await welcomed(t, one.port, token)
  const { slot } = /^(?<slot>\d+)/.exec(String(alice.welcome['position']))?.groups ?? {}
  const log = await cluster.kafka.read(`${cluster.topics.slot}${slot}`)
  await revoke(cluster, 'token:stolen')
  await closedWithin([alice])
  await waitFor(() => log.some(({ key }) => key === alice.welcome['session']))
  const { resumeToken, position } = alice.welcome
  const again = await welcomed(t, two.port, await tokenFor('alice'), {
    resume: { token: resumeToken, attempt: 1, position },
  })
  assert.deepEqual([again.welcome['resumed'], again.welcome['recovered']], [false, false])
})

test('a token that is revoked is no good for authenticate', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const alice = await welcomed(t, node.port, await tokenFor('alice', { claims: { jti: 'first' } }))
  await revoke(cluster, 'token:second')
  const second = await tokenFor('alice', { claims: { jti: 'second' } })
  await waitFor(async () => {
    alice.send({ authenticate: { id: 'a', token: second } })
    const answer = await Promise.race([alice.next('refusal'), alice.next('authenticated')])
    return answer.kind === 'refusal' && answer['code'] === 'forbidden'
  })
  await stays(alice)
})

test('a node takes nobody before it has read the revocations, and says what is missing', async (t) => {
  const cluster = await testCluster(t)
  const revocations = `${cluster.name}.later`
  const overrides = { ...cluster.overrides, topics: { ...cluster.topics, revocations } }
  const loaded = loadConfig({ env: {}, overrides })
  assert.ok(loaded.ok)
  const gateway = await createGateway(loaded.config)
  onEnd(t, () => gateway.stop())
  const starting = gateway.start()
  const unread = () => gateway.readiness().reasons.find(({ code }) => code === 'revocations-unread')
  await waitFor(() => unread()?.message.includes('./openclaw topics apply'), { timeoutMs: 20_000 })
  assert.equal(gateway.port, 0)
  await cluster.kafka.createTopics([{ topic: revocations }])
  await cluster.kafka.send(revocations, [{ key: 'user:/alice', value: '{}' }])
  await starting
  assert.equal(unread(), undefined)
  await refused(t, gateway.port, await tokenFor('alice'))
  await stays(await welcomed(t, gateway.port, await tokenFor('bob')))
})
