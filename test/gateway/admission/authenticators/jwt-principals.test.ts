// What a valid token says of its principal, and whose keys count for which issuer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJwtAuthenticator } from '../../../../gateway/admission/authenticators/jwt.ts'
import { grantsOf } from '../../../../gateway/policy/grants.ts'
import { fixedKeys, goodClaims, issuerSettings, newKey, sign, signText } from './issuer.ts'

const key = await newKey('k1')
const maxTokenSize = 2_000

const authenticator = (...issuers: object[]) =>
  createJwtAuthenticator({
    issuers: (issuers.length === 0 ? [{}] : issuers).map((more) => issuerSettings(more)),
    keysOf: () => fixedKeys(key),
    maxTokenSize,
  })

const check = (token: string, ...issuers: object[]) =>
  authenticator(...issuers).authenticate({ kind: 'bearer', token })

test('the user and the tenant may be other claims; a token without a tenant is of the empty one', async () => {
  const settings = { userClaim: 'uid', tenantClaim: 'org' }
  const principal = await check(await sign(key, { uid: 'u', org: 'acme' }), settings)
  assert.deepEqual([principal?.user, principal?.tenant], ['u', 'acme'])
  assert.equal((await check(await sign(key, { uid: 'u' }), settings))?.tenant, '')
  assert.equal(await check(await sign(key, { uid: 'u', org: 5 }), settings), undefined)
  assert.equal(await check(await sign(key, { org: 'acme' }), settings), undefined)
})

test('one issuer may have several audiences, each with claims of its own', async () => {
  const both = [{}, { audience: 'partners', userClaim: 'partner' }]
  assert.equal((await check(await sign(key), ...both))?.user, 'alice')
  assert.equal((await check(await sign(key, { aud: 'partners', partner: 'p' }), ...both))?.user, 'p')
  assert.equal(await check(await sign(key, { aud: 'partners' }), ...both), undefined)
})

test('what can be named to revoke a token is its id and when it was issued', async () => {
  const shown = async (claims: object) => (await check(await sign(key, { ...claims })))?.shown
  assert.deepEqual(await shown({ jti: 'j-1', iat: 1_700_000_000 }), {
    token: 'j-1',
    issuedAt: 1_700_000_000_000,
  })
  for (const jti of ['', 'a\nb', 'a\ud800', 'x'.repeat(257), 7, ['j']])
    assert.deepEqual(await shown({ jti }), {})
})

test('roles and scopes reach rules as claims', async () => {
  const principal = await check(await sign(key, { roles: ['a'], scope: 'read write' }))
  assert.deepEqual(grantsOf(principal?.claims ?? {}), { roles: ['a'], scopes: ['read', 'write'] })
})

test('what names another issuer, or is no JWT, is left to other authenticators', async () => {
  const jwt = authenticator({}, { issuer: 'https://two.test' })
  const claims = (token: string) => jwt.claims({ kind: 'bearer', token })
  assert.equal(claims(await sign(key)), true)
  assert.equal(claims(await sign(key, { iss: 'https://two.test' })), true)
  assert.equal(claims(await sign(key, { iss: 'https://evil.test' })), false)
  assert.equal(claims('2YotnFZFEjr1zCsicMWpAA'), false)
  assert.equal(claims(await sign(key, { pad: 'x'.repeat(2_000) })), false)
})

test('each issuer has keys of its own: one cannot sign for another', async () => {
  const other = await newKey('k1')
  const jwt = createJwtAuthenticator({
    issuers: [issuerSettings(), issuerSettings({ issuer: 'https://two.test' })],
    keysOf: ({ issuer }) => fixedKeys(issuer === 'https://two.test' ? other : key),
    maxTokenSize,
  })
  const user = async (by: typeof key, iss: string) =>
    (await jwt.authenticate({ kind: 'bearer', token: await sign(by, { iss }) }))?.user
  assert.equal(await user(key, 'https://idp.test'), 'alice')
  assert.equal(await user(other, 'https://two.test'), 'alice')
  assert.equal(await user(other, 'https://idp.test'), undefined)
  assert.equal(await user(key, 'https://two.test'), undefined)
})

test('an end beyond all calendars is the last day of ours', async () => {
  const principal = await check(await sign(key, { exp: 1e17 }))
  assert.equal(new Date(principal?.expiresAt ?? 0).getUTCFullYear(), 9_999)
  const endless = await check(
    await signText(key, JSON.stringify({ ...goodClaims(), exp: 0 }).replace(':0', ':1e999')),
  )
  assert.equal(new Date(endless?.expiresAt ?? 0).getUTCFullYear(), 9_999)
})
