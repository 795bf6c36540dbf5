// Which answers about a token make a principal: each rule broken alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAnswer } from '../../../../gateway/admission/authenticators/introspection-answer.ts'
import { introspection } from '../../../../gateway/config/introspection-settings.ts'
import { grantsOf } from '../../../../gateway/policy/grants.ts'

const now = 1_700_000_000_000
const seconds = now / 1000
const good = { active: true, sub: 'alice', aud: 'openclaw', iss: 'https://as.test', exp: seconds + 600 }

const settings = (more: object = {}) =>
  introspection.parse({
    url: 'https://as.test/introspect',
    clientId: 'gateway',
    clientSecret: 'secret',
    audience: 'openclaw',
    issuer: 'https://as.test',
    ...more,
  })

const read = (change: object = {}, more: object = {}) =>
  readAnswer({ ...good, ...change }, settings(more), now)

test('an active token names its principal with what the server says of it', () => {
  const { principal, keepMs } = read({ jti: 't-1', iat: seconds - 5, scope: 'read write', roles: ['member'] })
  assert.equal(principal?.user, 'alice')
  assert.equal(principal?.tenant, '')
  assert.equal(principal?.expiresAt, now + 605_000)
  assert.deepEqual(principal?.shown, { token: 't-1', issuedAt: now - 5_000 })
  assert.deepEqual(grantsOf(principal?.claims ?? {}), { roles: ['member'], scopes: ['read', 'write'] })
  assert.equal('active' in (principal?.claims ?? {}), false)
  assert.equal(keepMs, 600_000)
})

test('user and tenant may be other fields', () => {
  const { principal } = read(
    { sub: undefined, username: 'bob', org: 'acme' },
    { userClaim: 'username', tenantClaim: 'org' },
  )
  assert.deepEqual([principal?.user, principal?.tenant], ['bob', 'acme'])
})

test('a connection lives on an answer no longer than is trusted, whatever the token’s end', () => {
  assert.equal(read({}, { trustFor: '2m' }).principal?.expiresAt, now + 120_000)
  const endless = read({ exp: undefined }, { trustFor: '2m' })
  assert.deepEqual([endless.principal?.expiresAt, endless.keepMs], [now + 120_000, Number.POSITIVE_INFINITY])
})

for (const [what, change] of [
  ['that is not active', { active: false }],
  ['of another issuer', { iss: 'https://evil.test' }],
  ['of no issuer', { iss: undefined }],
  ['for another audience', { aud: ['other'] }],
  ['for no audience', { aud: undefined }],
  ['whose end is over', { exp: seconds - 6 }],
  ['whose end is no number', { exp: 'never' }],
  ['that is not valid yet', { nbf: seconds + 60 }],
  ['whose beginning is no number', { nbf: 'now' }],
  ['without a user', { sub: undefined }],
  ['whose user breaks lines', { sub: 'a\nb' }],
  ['whose user is too long', { sub: 'x'.repeat(257) }],
  ['whose user is a number', { sub: 7 }],
  ['that is bound to a key by its type', { token_type: 'DPoP' }],
  ['that is bound to a key by a claim', { cnf: { jkt: 'x' } }],
  ['that is a refresh token', { token_type: 'refresh_token' }],
  ['that is a refresh token by another field', { typ: 'Refresh' }],
  ['that is a refresh token by a third field', { token_use: 'refresh_token' }],
  ['that is an ID token', { typ: 'ID' }],
] as const) {
  test(`a token ${what} is not valid`, () => assert.equal(read(change).principal, undefined))
}

for (const [what, change] of [
  ['a type in any case', { token_type: 'bearer' }],
  ['the type of JWTs', { token_type: 'Bearer', typ: 'at+jwt' }],
  ['several audiences', { aud: ['x', 'openclaw'] }],
  ['an end that has just been', { exp: seconds - 2 }],
] as const) {
  test(`a token with ${what} is valid`, () => assert.ok(read(change).principal))
}

for (const json of [undefined, null, 5, 'active', [], {}, { active: 'true' }, { active: 1 }]) {
  test(`${JSON.stringify(json)} is no answer`, () => {
    assert.throws(() => readAnswer(json, settings(), now), /does not say/)
  })
}
