// Which tokens are valid: each rule broken alone, with real keys.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createJwtAuthenticator } from '../../../../gateway/admission/authenticators/jwt.ts'
import { fixedKeys, goodClaims, issuerSettings, newKey, now, sign } from './issuer.ts'

const key = await newKey('k1')
const rsa = await newKey('rsa', 'RS256')
const stranger = await newKey('k1')
const maxTokenSize = 2_000

const authenticator = (...issuers: object[]) =>
  createJwtAuthenticator({
    issuers: (issuers.length === 0 ? [{}] : issuers).map((more) => issuerSettings(more)),
    keysOf: () => fixedKeys(key, rsa),
    maxTokenSize,
  })

const check = (token: string, ...issuers: object[]) =>
  authenticator(...issuers).authenticate({ kind: 'bearer', token })

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a valid token names its principal, until its end and the tolerance', async () => {
  const exp = now() + 600
  const principal = await check(await sign(key, { exp, roles: ['a'] }))
  assert.deepEqual(principal, {
    user: 'alice',
    tenant: '',
    claims: { ...goodClaims(), exp, roles: ['a'] },
    expiresAt: exp * 1000 + 5_000,
    shown: {},
  })
})

for (const [what, claims, header] of [
  ['several audiences', { aud: ['other', 'openclaw'] }, {}],
  ['a type of access token', {}, { typ: 'at+jwt' }],
  ['the plain type', {}, { typ: 'JWT' }],
  ['an end that has just been', { exp: now() - 2 }, {}],
  ['a beginning that is just to come', { nbf: now() + 3 }, {}],
  ['no key id', {}, { kid: undefined }],
  ['a key in its header, which is ignored', {}, { jwk: stranger.jwk }],
] as const) {
  test(`a token with ${what} is valid`, async () => {
    assert.ok(await check(await sign(key, claims, header as object)))
  })
}

for (const [what, claims, header, by] of [
  ['that is expired', { exp: now() - 60 }, {}, key],
  ['that never expires', { exp: undefined }, {}, key],
  ['whose end is no number', { exp: 'never' }, {}, key],
  ['that is not valid yet', { nbf: now() + 60 }, {}, key],
  ['for another audience', { aud: 'other' }, {}, key],
  ['for no audience', { aud: undefined }, {}, key],
  ['of another issuer', { iss: 'https://evil.test' }, {}, key],
  ['of no issuer', { iss: undefined }, {}, key],
  ['whose issuer is a list', { iss: ['https://idp.test'] }, {}, key],
  ['without a subject', { sub: undefined }, {}, key],
  ['with an empty subject', { sub: '' }, {}, key],
  ['whose subject is a number', { sub: 7 }, {}, key],
  ['whose subject breaks lines', { sub: 'a\nb' }, {}, key],
  ['whose subject is half a character', { sub: 'a\ud800' }, {}, key],
  ['whose subject is too long', { sub: 'é'.repeat(129) }, {}, key],
  ['of another key with the same id', {}, {}, stranger],
  ['of an unknown key', {}, { kid: 'k2' }, key],
  ['of another key, which it brings itself', {}, { jwk: stranger.jwk, kid: undefined }, stranger],
  ['of another key, which it says where to fetch', {}, { jku: 'http://127.0.0.1:9/jwks' }, stranger],
  ['whose key id is longer than any', {}, { kid: 'k'.repeat(257) }, key],
  ['whose key id is a number', {}, { kid: 1 }, key],
  ['whose key id breaks lines', {}, { kid: 'k1\n' }, key],
  ['whose key id is a path to a file', {}, { kid: '../../../../dev/null' }, key],
  ['whose key id asks a database', {}, { kid: "k1' UNION SELECT 'x" }, key],
  ['of another key, with its certificate', {}, { x5c: ['MIIB'], x5u: 'http://127.0.0.1:9/c' }, stranger],
  ['that is bound to a key of its holder', { cnf: { jkt: 'x' } }, {}, key],
  ['that is a logout token', {}, { typ: 'logout+jwt' }, key],
  ['with an extension that must be understood', {}, { crit: ['x'], x: 1 }, key],
] as const) {
  test(`a token ${what} is not valid`, async () => {
    const token = await sign(by, claims, header as object).catch(() => unsafely(claims, header))
    assert.equal(await check(token), undefined)
  })
}

/** For headers that jose itself would not sign. */
const unsafely = (claims: object, header: object): string =>
  `${part({ alg: 'ES256', kid: 'k1', ...header })}.${part({ ...goodClaims(), ...claims })}.${'A'.repeat(86)}`

test('an algorithm that is not allowed is not valid, though the key is the issuer’s', async () => {
  const token = await sign(rsa)
  assert.ok(await check(token))
  assert.equal(await check(token, { algorithms: ['ES256'] }), undefined)
})

test('a key does not do for another algorithm than its own', async () => {
  const other = await sign({ ...rsa, alg: 'PS256', privateKey: (await newKey('rsa', 'PS256')).privateKey })
  assert.equal(await check(other, { algorithms: ['RS256', 'PS256'] }), undefined)
})

for (const [what, alg, signature] of [
  ['none', 'none', () => ''],
  ['NoNe', 'NoNe', () => ''],
  ['HS256 with the public key as secret', 'HS256', (text: string) => hmac(text, JSON.stringify(rsa.jwk))],
  ['HS256 with an empty secret', 'HS256', (text: string) => hmac(text, '')],
] as const) {
  test(`a token signed by ${what} is not valid`, async () => {
    const text = `${part({ alg, kid: 'rsa' })}.${part(goodClaims())}`
    assert.equal(await check(`${text}.${signature(text)}`), undefined)
  })
}

const hmac = (text: string, secret: string): string =>
  createHmac('sha256', secret).update(text).digest('base64url')

test('a changed token is not valid', async () => {
  const [header, , signature] = (await sign(key)).split('.')
  assert.equal(await check(`${header}.${part({ ...goodClaims(), sub: 'bob' })}.${signature}`), undefined)
})

test('a token over the size limit is not looked at', async () => {
  assert.ok(await check(await sign(key, { pad: 'x'.repeat(1_000) })))
  assert.equal(await check(await sign(key, { pad: 'x'.repeat(1_600) })), undefined)
})

for (const token of [
  '',
  '.',
  '..',
  'a.b.c',
  'null',
  `${part({ alg: 'ES256' })}..`,
  `..${'A'.repeat(86)}`,
  '€.€.€',
]) {
  test(`"${token.slice(0, 20)}" is no token`, async () => assert.equal(await check(token), undefined))
}

test('what could not be read is nobody', async () => {
  const jwt = authenticator()
  assert.equal(jwt.claims({ kind: 'unreadable' }), false)
  assert.equal(await jwt.authenticate({ kind: 'unreadable' }), undefined)
})

test('without a key id each key of the algorithm is tried', async () => {
  const [older, newer, other] = await Promise.all([newKey('o'), newKey('n'), newKey('x')])
  const jwt = createJwtAuthenticator({
    issuers: [issuerSettings()],
    keysOf: () => fixedKeys(older, newer),
    maxTokenSize,
  })
  const bearer = async (by: typeof key, claims = {}) =>
    jwt.authenticate({ kind: 'bearer', token: await sign(by, claims, { kid: undefined } as object) })
  assert.ok(await bearer(older))
  assert.ok(await bearer(newer))
  assert.equal(await bearer(newer, { aud: 'other' }), undefined)
  assert.equal(await bearer(newer, { exp: now() - 60 }), undefined)
  assert.equal(await bearer(other), undefined)
})
