// token-checks: issuers, where their keys come from, and servers of opaque tokens.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectiveSettings } from '../../../gateway/config/effective.ts'
import { loadConfig, type Overrides } from '../../../gateway/config/load.ts'

const load = (auth: object) =>
  loadConfig({
    env: {},
    overrides: { session: { secrets: ['0123456789abcdef'] }, auth } as Overrides,
  })

const found = (auth: object): readonly string[] => {
  const loaded = load(auth)
  return loaded.ok ? [] : loaded.problems.map(({ path, message }) => `${path}: ${message}`)
}

const issuer = { issuer: 'https://idp.example', audience: 'a' }
const jwksUri = 'https://idp.example/keys'
const server = { url: 'https://as.example/introspect', clientId: 'g', clientSecret: 'very secret' }

test('an issuer’s keys come from one place', () => {
  for (const place of [{ jwksUri }, { discovery: true }])
    assert.deepEqual(found({ jwt: [{ ...issuer, ...place }] }), [])
  for (const places of [{}, { discovery: false }, { jwksUri, discovery: true }, { jwksUri, jwksFile: 'x' }])
    assert.deepEqual(found({ jwt: [{ ...issuer, ...places }] }), [
      'auth.jwt[0]: give exactly one of jwksUri, jwksFile and discovery: true',
    ])
})

test('discovery begins at an issuer that is a URL, over https or on loopback', () => {
  const from = (name: string) => found({ jwt: [{ ...issuer, issuer: name, discovery: true }] })
  for (const good of ['https://idp.example', 'https://idp.example/realms/a/', 'http://127.0.0.1:9'])
    assert.deepEqual(from(good), [])
  for (const [name, message] of [
    ['http://idp.example', 'must be https, or http on loopback'],
    ['http://localhost.example', 'must be https, or http on loopback'],
    ['idp', 'must be a URL'],
    ['https://a:b@idp.example', 'must not have a user name or a password in it'],
    ['https://idp.example/#a', 'must not have a part behind #'],
    ['https://idp.example/?a', 'must not have a part behind ?'],
  ] as const)
    assert.deepEqual(from(name), [`auth.jwt[0].issuer: ${message}, for discovery begins there`])
})

test('a URL of keys has no password in it', () => {
  const from = (uri: string) => found({ jwt: [{ ...issuer, jwksUri: uri }] })
  assert.deepEqual(from('https://a:b@idp.example/'), [
    'auth.jwt[0].jwksUri: must not have a user name or a password in it',
  ])
})

test('keys are not said to be old before they may be fetched again', () => {
  assert.deepEqual(found({ jwt: [{ ...issuer, jwksUri }], jwks: { cooldown: '1m', refresh: '30s' } }), [
    'auth.jwks.refresh: must not be less than auth.jwks.cooldown',
  ])
})

test('opaque tokens alone are a way in; they and our secret travel over https or on loopback', () => {
  assert.deepEqual(found({ introspection: [server] }), [])
  assert.deepEqual(found({ introspection: [{ ...server, url: 'http://localhost:9/x' }] }), [])
  assert.deepEqual(found({ introspection: [{ ...server, url: 'http://as.example/x' }] }), [
    'auth.introspection[0].url: must be https, or http on loopback',
  ])
})

test('each token is for one server', () => {
  const servers = (...prefixes: (string | undefined)[]) =>
    found({
      introspection: prefixes.map((prefix) => (prefix === undefined ? server : { ...server, prefix })),
    })
  for (const good of [['a_', 'b_', undefined], ['a_x', 'a_'], [undefined]])
    assert.deepEqual(servers(...good), [])
  for (const bad of [
    [undefined, undefined],
    [undefined, 'a_'],
    ['a_', 'a_x'],
    ['a_', 'a_'],
  ])
    assert.match(
      servers(...bad).join('\n'),
      /^auth\.introspection\[1\]\.prefix: its tokens would all go to auth\.introspection\[0\]/,
    )
})

test('an answer is not kept longer than it is trusted', () => {
  assert.deepEqual(found({ introspection: [{ ...server, cacheFor: '2m', trustFor: '1m' }] }), [
    'auth.introspection[0].trustFor: must not be less than cacheFor',
  ])
})

test('the secret of a server of tokens is never shown', () => {
  const loaded = load({ introspection: [server] })
  assert.ok(loaded.ok)
  const shown = JSON.stringify(effectiveSettings(loaded.config, loaded.sources))
  assert.ok(shown.includes('as.example') && !shown.includes('very secret'))
  const wrong = found({ introspection: [{ ...server, clientSecret: { a: 'very secret' } }] })
  assert.ok(wrong.length > 0 && !wrong.join().includes('very secret'))
})
