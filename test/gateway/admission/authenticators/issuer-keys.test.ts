// Where keys come from: what an issuer's discovery document says of them, and files that change.
import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { exportJWK } from 'jose'
import { createIssuerKeys } from '../../../../gateway/admission/authenticators/issuer-keys.ts'
import { createJwtAuthenticator } from '../../../../gateway/admission/authenticators/jwt.ts'
import { KeysUnavailable } from '../../../../gateway/admission/authenticators/key-set.ts'
import { waitFor } from '../../../support/wait.ts'
import { issuerSettings, type Key, newKey, now, sign } from './issuer.ts'

const [older, newer] = await Promise.all([newKey('older'), newKey('newer')])
const day = 86_400_000

function checker(settings: object, times: { cooldown?: number; refresh?: number } = {}) {
  const failures: string[] = []
  const jwt = createJwtAuthenticator({
    issuers: [issuerSettings({ jwksFile: undefined, ...settings })],
    keysOf: createIssuerKeys({ cooldown: day, refresh: day, timeout: 2_000, ...times }, (_, failure) =>
      failures.push(String(failure)),
    ),
    maxTokenSize: 4_096,
  })
  const check = async (key: Key, claims: object) =>
    jwt.authenticate({ kind: 'bearer', token: await sign(key, { ...claims }) })
  return { check, failures }
}

/** A provider whose answers can be changed, by path. */
async function provider(t: TestContext) {
  const pages: Record<string, object | number> = {}
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const page = pages[url] ?? 404
    if (typeof page === 'number') response.writeHead(page, { location: '/keys' }).end()
    else response.end(JSON.stringify(page))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { pages, asked, origin }
}

const document = '/.well-known/openid-configuration'
const keys = (...all: Key[]) => ({ keys: all.map(({ jwk }) => jwk) })

for (const [what, path] of [
  ['an issuer', ''],
  ['an issuer with a path', '/realms/one'],
  ['an issuer that ends in a slash', '/realms/one/'],
] as const) {
  test(`the keys are where the document of ${what} says`, async (t) => {
    const { pages, asked, origin } = await provider(t)
    const issuer = `${origin}${path}`
    const place = `${path.replace(/\/$/, '')}${document}`
    pages[place] = { issuer, jwks_uri: `${origin}/keys` }
    pages['/keys'] = keys(older)
    const { check } = checker({ issuer, discovery: true })
    assert.ok(await check(older, { iss: issuer }))
    assert.ok(await check(older, { iss: issuer }))
    assert.deepEqual(asked, [place, '/keys'])
  })
}

test('an issuer whose keys move is asked again where they are', async (t) => {
  const { pages, origin } = await provider(t)
  pages[document] = { issuer: origin, jwks_uri: `${origin}/keys` }
  pages['/keys'] = keys(older)
  const { check } = checker({ issuer: origin, discovery: true }, { cooldown: 0 })
  assert.ok(await check(older, { iss: origin }))
  pages[document] = { issuer: origin, jwks_uri: `${origin}/moved` }
  pages['/moved'] = keys(newer)
  assert.ok(await check(newer, { iss: origin }))
})

for (const [what, page, says] of [
  [
    'is of another issuer',
    { issuer: 'https://evil.test', jwks_uri: 'http://127.0.0.1:1/keys' },
    /another issuer/,
  ],
  ['names no issuer', { jwks_uri: 'http://127.0.0.1:1/keys' }, /another issuer/],
  ['names no keys', { issuer: '' }, /names no jwks_uri/],
  ['names keys that are no text', { issuer: '', jwks_uri: 5 }, /names no jwks_uri/],
  ['names keys without encryption', { issuer: '', jwks_uri: 'http://192.0.2.1/keys' }, /must be https/],
  ['names keys in a file', { issuer: '', jwks_uri: 'file:///etc/passwd' }, /must be https/],
  ['names keys behind a password', { issuer: '', jwks_uri: 'https://a:b@x.test/keys' }, /a password/],
  ['is not there', 404, /answered 404/],
  ['is elsewhere', 302, /did not answer/],
] as const) {
  test(`nothing is fetched where the discovery document ${what}`, async (t) => {
    const { pages, asked, origin } = await provider(t)
    const isOwn = typeof page === 'object' && 'issuer' in page && page.issuer === ''
    pages[document] = isOwn ? { ...page, issuer: origin } : page
    pages['/keys'] = keys(older)
    const { check, failures } = checker({ issuer: origin, discovery: true })
    await assert.rejects(check(older, { iss: origin }), KeysUnavailable)
    assert.match(failures.join(), says)
    assert.deepEqual(asked, [document])
  })
}

test('a file of keys is read again when it changes, and used on while it cannot be read', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-keys-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'jwks.json')
  const write = (text: string) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  write(JSON.stringify(keys(older)))
  const { check, failures } = checker({ jwksFile: file })
  const iat = now()
  assert.ok(await check(older, { iat }))
  write(JSON.stringify(keys(newer)))
  await waitFor(() => check(newer, { iat }).catch(() => undefined))
  await waitFor(async () => (await check(older, { iat: iat - 60 })) === undefined)
  write('{"keys":')
  await waitFor(async () => {
    assert.ok(await check(newer, { iat }))
    return failures.length > 0
  })
  write(JSON.stringify(keys(newer, older)))
  await waitFor(() => check(older, { iat }).catch(() => undefined))
})

test('a file of keys that holds private ones is not used', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-keys-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'jwks.json')
  writeFileSync(file, JSON.stringify({ keys: [{ ...older.jwk, ...(await exportJWK(older.privateKey)) }] }))
  const { check } = checker({ jwksFile: file })
  assert.equal(await check(older, {}), undefined)
})
