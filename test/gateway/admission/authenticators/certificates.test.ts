// What a checked client certificate says of who its owner is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CertificateOptions,
  createCertificateAuthenticator,
} from '../../../../gateway/admission/authenticators/certificates.ts'
import type { PeerCertificate } from '../../../../gateway/admission/credential.ts'

const now = Date.now()
const certificate: PeerCertificate = {
  subject: { CN: 'meter-7', O: 'acme' },
  names: [
    'DNS:meter-7.acme.example',
    'URI:spiffe://acme/meter/7',
    'email:meter@acme.example',
    'IP Address:10.0.0.7',
  ],
  validFrom: now - 1_000,
  validTo: now + 1_000,
}

const check = (options: CertificateOptions, more: Partial<PeerCertificate> = {}) =>
  createCertificateAuthenticator({ now: () => now, ...options }).authenticate({
    kind: 'certificate',
    certificate: { ...certificate, ...more },
  })

for (const [user, name] of [
  ['CN', 'meter-7'],
  ['dns', 'meter-7.acme.example'],
  ['uri', 'spiffe://acme/meter/7'],
  ['email', 'meter@acme.example'],
] as const) {
  test(`the user by ${user} is ${name}`, async () => {
    assert.equal((await check({ user }))?.user, name)
  })
}

test('the principal ends with its certificate, has it for claims, and a tenant where a field names one', async () => {
  const { subject, names, validFrom, validTo } = certificate
  assert.deepEqual(await check({ user: 'CN', tenant: 'O' }), {
    user: 'meter-7',
    tenant: 'acme',
    claims: { certificate: { subject, names } },
    expiresAt: validTo,
    shown: { issuedAt: validFrom },
  })
  assert.equal((await check({ user: 'CN' }))?.tenant, '')
  assert.equal((await check({ user: 'CN', tenant: 'OU' }))?.tenant, '')
})

test('one that is over, names nobody, or could be two users is not good', async () => {
  assert.equal(await check({ user: 'CN' }, { validTo: now }), undefined)
  assert.equal(await check({ user: 'CN' }, { subject: {} }), undefined)
  assert.equal(await check({ user: 'CN' }, { subject: { CN: 'a\nb' } }), undefined)
  assert.equal(await check({ user: 'CN', tenant: 'O' }, { subject: { CN: 'a', O: '\u0000' } }), undefined)
  assert.equal(await check({ user: 'uri' }, { names: ['DNS:a'] }), undefined)
  assert.equal(await check({ user: 'dns' }, { names: ['DNS:a', 'DNS:b'] }), undefined)
})

test('it is asked about certificates only', () => {
  const { claims } = createCertificateAuthenticator({ user: 'CN' })
  assert.ok(claims({ kind: 'certificate', certificate }))
  assert.equal(claims({ kind: 'bearer', token: 'x' }), false)
})
