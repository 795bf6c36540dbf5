// Client certificates at a whole gateway: who they are, what comes before them, and who comes in without one.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createAuthority, writeCertificate } from '../support/certificates.ts'
import { connect } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

test('a client certificate of our authority is a user of its tenant; a token beside it wins; others are strangers', async (t) => {
  const authority = createAuthority()
  const cluster = await testCluster(t)
  const server = authority.issue({ subject: { CN: 'gateway' }, names: ['127.0.0.1'] })
  const files = writeCertificate(cluster.folder, 'server', server)
  const ca = join(cluster.folder, 'ca.crt')
  writeFileSync(ca, authority.cert)
  const { port } = await startNode(t, cluster, {
    listen: { host: '127.0.0.1', port: 0, tls: { ...files, ca, clientCertificates: 'request' } },
    auth: { ...cluster.overrides.auth, certificates: { user: 'uri', tenant: 'O' } },
  })
  const echoed = await cluster.kafka.read(cluster.echo)
  const spiffe = 'spiffe://acme/meter/7'
  const meter = { subject: { CN: 'meter-7', O: 'acme' }, names: [spiffe] }
  const trusted = { scheme: 'wss', ca: authority.cert } as const
  const own = { ...trusted, ...authority.issue(meter) }
  const publish = async (options: object, hello: object = {}) => {
    const client = await connect(t, port, options)
    client.send({ hello })
    await client.next('welcome')
    client.send({ publish: { id: '1', route: 'echo', payload: 1 } })
    await client.next('ack')
    return client
  }
  const token = await tokenFor('tom')
  const client = await publish(own, { token: 'is-not-looked-at' })
  await publish({ ...own, token })
  await publish(trusted, { token })
  const raw = await connect(t, port, { ...own, protocols: [], path: '/echo' })
  raw.ws.send('2')
  await waitFor(() => echoed.length === 4, { timeoutMs: 20_000 })
  const who = echoed.map(({ headers }) => `${headers['ce_tenant'] ?? ''}/${headers['ce_subject']}`)
  assert.deepEqual(who.toSorted(), ['/tom', '/tom', `acme/${spiffe}`, `acme/${spiffe}`])
  assert.ok(client.ws.readyState === client.ws.OPEN)

  const nameless = await connect(t, port, { ...trusted, ...authority.issue({ subject: { CN: 'x' } }) })
  assert.equal((await nameless.closed).code, 4401)
  for (const stranger of [trusted, { ...trusted, ...createAuthority('other').issue(meter) }]) {
    const without = await connect(t, port, stranger)
    without.send({ hello: {} })
    assert.equal((await without.closed).code, 4401)
  }
  await assert.rejects(connect(t, port, { ...trusted, protocols: [], path: '/echo' }), /HTTP 401/)
})
