// Credentials that are switched on without what makes them safe, or without what makes them work.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { admissionContradictions } from '../../../gateway/config/admission-checks.ts'
import { pathText } from '../../../gateway/config/fields.ts'
import { settings } from '../../../gateway/config/settings.ts'

const base = { session: { secrets: ['0123456789abcdef'] } }

const found = (auth: object, more: object = {}): readonly string[] =>
  admissionContradictions(settings.parse({ ...base, ...more, auth }), tmpdir()).map(
    ({ path, message }) => `${pathText(path)}: ${message}`,
  )

test('a cookie without an exact list of origins is refused: any page could come with it', () => {
  const auth = { anonymous: true, cookie: { name: '__Host-token' } }
  assert.deepEqual(found(auth), [
    'auth.cookie.name: browsers send a cookie from any page: list the exact `origins` whose pages may come with it',
  ])
  assert.deepEqual(found(auth, { origins: ['https://app.example.com'] }), [])
  assert.equal(found(auth, { origins: ['https://*.example.com'] }).length, 1)
})

test('keys in the URL without keys, and certificates that nobody is asked for, are told', () => {
  assert.deepEqual(found({ anonymous: true, apiKeys: { query: true } }), [
    'auth.apiKeys.query: has no effect without auth.apiKeys.enabled: true',
  ])
  const auth = { certificates: { user: 'CN', tenant: 'O' } }
  const tls = { cert: 'a', key: 'b', ca: 'c' }
  const at = (clientCertificates: string) => ({ listen: { tls: { ...tls, clientCertificates } } })
  const unasked =
    'auth.certificates.user: no client is asked for one: set listen.tls.clientCertificates to request or require'
  assert.deepEqual(found(auth), [unasked])
  assert.deepEqual(found(auth, at('none')), [unasked])
  assert.deepEqual(found(auth, at('request')), [])
  assert.deepEqual(found({ anonymous: true, certificates: { tenant: 'O' } }), [
    'auth.certificates.tenant: has no effect without auth.certificates.user',
  ])
})

test('API keys alone let somebody in', () => {
  assert.deepEqual(found({ apiKeys: { enabled: true } }), [])
  assert.equal(found({}).length, 1)
})

test('a ticket lives for a minute at most, and names are what they can be', () => {
  const issues = (auth: object) =>
    settings
      .safeParse({ ...base, auth })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  assert.deepEqual(issues({ tickets: { ttl: '61s' } }), [
    'auth.tickets.ttl: at most 60s: a ticket stands in a URL',
  ])
  assert.deepEqual(issues({ tickets: { ttl: '60s' } }), undefined)
  assert.match(issues({ apiKeys: { prefix: 'a_b' } })?.[0] ?? '', /^auth\.apiKeys\.prefix: /)
  assert.match(issues({ cookie: { name: 'a b' } })?.[0] ?? '', /^auth\.cookie\.name: /)
  assert.match(issues({ certificates: { user: 'sub' } })?.[0] ?? '', /^auth\.certificates\.user: /)
})
