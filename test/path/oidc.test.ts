// A real OpenID provider and a whole gateway: its JWTs before and after its keys rotate, and its opaque tokens.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { connect, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { gatewayClient, startOidcProvider } from '../support/oidc-provider.ts'
import { waitFor } from '../support/wait.ts'

const audience = 'urn:openclaw:test'

async function world(t: TestContext) {
  const provider = await startOidcProvider(t)
  const { issuer, introspectionUrl: url } = provider
  const auth = {
    jwt: [{ issuer, audience, discovery: true }],
    jwks: { cooldown: '1s' },
    introspection: [{ ...gatewayClient, url, issuer, audience, userClaim: 'client_id', cacheFor: '500ms' }],
  }
  const routes = { readers: { topic: '', allow: '"read" in principal.scopes' } }
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, {
    auth,
    routes: { readers: { ...routes.readers, topic: cluster.echo } },
  })
  const records = await cluster.kafka.read(cluster.echo)
  /** Publishes where the scope `read` is needed, and answers who the record says it is from. */
  const publish = async (token: string): Promise<string | undefined> => {
    const client = await welcomed(t, node.port, token)
    client.send({ publish: { id: 'p', route: 'readers', payload: 1 } })
    const { offset, partition } = await client.next('ack')
    const record = await waitFor(() =>
      records.find((each) => each.partition === partition && String(each.offset) === offset),
    )
    client.close()
    return record.headers['ce_subject']
  }
  const closedWith = async (token: string): Promise<number> => {
    const client = await connect(t, node.port, { token })
    return (await client.closed).code
  }
  return { provider, node, publish, closedWith }
}

test('JWTs of a provider that was discovered are valid before and after its keys rotate', async (t) => {
  const { provider, publish, closedWith } = await world(t)
  const before = await provider.token(audience, 'jwt')
  assert.equal(await publish(before), 'sensor-7')
  assert.equal(provider.requests('/.well-known/openid-configuration'), 1)
  assert.equal(provider.requests('/jwks'), 1)
  assert.equal(provider.requests('/token/introspection'), 0)

  await provider.rotate()
  const after = await provider.token(audience, 'jwt')
  assert.notEqual(decodeProtectedHeader(after).kid, decodeProtectedHeader(before).kid)
  // Known keys go on: nobody has shown one of the new ones yet.
  assert.equal(await publish(before), 'sensor-7')
  // Within the cooldown of a fetch a client is told to come again, never that its token is not valid.
  const answers: unknown[] = []
  await waitFor(async () => {
    answers.push(await publish(after).catch((failure: unknown) => String(failure)))
    return answers.at(-1) === 'sensor-7'
  })
  assert.ok(answers.slice(0, -1).every((each) => String(each).includes('closed with 1013')))
  assert.equal(provider.requests('/jwks'), 2)

  assert.equal(await closedWith(await provider.token('urn:other:api', 'jwt')), 4401)
  assert.equal(await closedWith(`${after.slice(0, -8)}AAAAAAAA`), 4401)
  assert.equal(provider.requests('/token/introspection'), 0)
})

test('opaque tokens of a provider are asked about, kept for a time, and over when the provider says so', async (t) => {
  const { provider, publish, closedWith } = await world(t)
  const token = await provider.token(audience, 'opaque')
  assert.equal(token.split('.').length, 1)
  assert.equal(await publish(token), 'sensor-7')
  assert.ok(provider.requests('/token/introspection') >= 1)
  assert.equal(provider.requests('/jwks'), 0)

  assert.equal(await closedWith('made-up-by-somebody'), 4401)
  assert.equal(await closedWith(await provider.token('urn:other:api', 'opaque')), 4401)

  await provider.revoke(token)
  await waitFor(async () => (await publish(token).catch(() => undefined)) === undefined)
  assert.equal(await closedWith(token), 4401)
  assert.equal(await publish(await provider.token(audience, 'opaque')), 'sensor-7')
})
