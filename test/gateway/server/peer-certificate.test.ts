// What is taken from a client's certificate, from Node's texts and from a real handshake.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { PeerCertificate } from '../../../gateway/admission/credential.ts'
import { peerCertificate, splitNames, toPlain } from '../../../gateway/server/peer-certificate.ts'
import { createAuthority } from '../../support/certificates.ts'

test('alternative names are split, and one with a comma or a quote in it stays one', () => {
  assert.deepEqual(splitNames(''), [])
  assert.deepEqual(splitNames('DNS:a.example, IP Address:10.0.0.1, URI:spiffe://a/b, email:a@b'), [
    'DNS:a.example',
    'IP Address:10.0.0.1',
    'URI:spiffe://a/b',
    'email:a@b',
  ])
  assert.deepEqual(splitNames('DNS:a, URI:"x, DNS:evil\\u0022, DNS:b", DNS:c'), [
    'DNS:a',
    'URI:x, DNS:evil", DNS:b',
    'DNS:c',
  ])
})

test('a field that a subject has twice is left out', () => {
  const subject = { CN: ['a', 'b'], O: 'acme' } as unknown as Parameters<typeof toPlain>[0]['subject']
  const plain = toPlain({
    subject,
    valid_from: 'Jan  1 00:00:00 2026 GMT',
    valid_to: 'Jan  1 00:00:00 2030 GMT',
  })
  assert.deepEqual(plain, {
    subject: { O: 'acme' },
    names: [],
    validFrom: Date.UTC(2026, 0),
    validTo: Date.UTC(2030, 0),
  })
})

test('a certificate of our authority is taken, one of another and none at all are not, nor is anything without TLS', async (t) => {
  const [ours, theirs] = [createAuthority('ours'), createAuthority('theirs')]
  const own = ours.issue({ subject: { CN: 'server' }, names: ['127.0.0.1'] })
  const found: (PeerCertificate | undefined)[] = []
  const server = createServer(
    { ...own, ca: ours.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      found.push(peerCertificate(request))
      response.end()
    },
  )
  t.after(() => server.close().closeAllConnections())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (client: object) => {
    const asked = get({ host: '127.0.0.1', port, ca: ours.cert, agent: false, ...client })
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    response.resume()
    return found.at(-1)
  }
  const names = ['meter.example', 'spiffe://acme/meter/7', 'm@acme.example']
  const meter = { subject: { CN: 'meter-7', O: 'acme' }, names }
  const taken = await ask(ours.issue(meter))
  assert.deepEqual(taken?.subject, { CN: 'meter-7', O: 'acme' })
  assert.deepEqual(taken.names, ['DNS:meter.example', 'URI:spiffe://acme/meter/7', 'email:m@acme.example'])
  assert.ok(taken.validFrom < Date.now() && taken.validTo > Date.now())
  assert.equal(await ask(theirs.issue(meter)), undefined)
  assert.equal(await ask(ours.issue({ ...meter, ttlMs: -1_000 })), undefined)
  assert.equal(await ask({}), undefined)
  assert.equal(found.length, 4)
  assert.equal(peerCertificate({ socket: {} } as IncomingMessage), undefined)
})
