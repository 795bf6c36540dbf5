// contradictions: settings that are right one by one but not together.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { developmentSecret } from '../../../gateway/config/admission-checks.ts'
import { contradictions } from '../../../gateway/config/checks.ts'
import { pathText } from '../../../gateway/config/fields.ts'
import { settings } from '../../../gateway/config/settings.ts'

const base = { session: { secrets: ['0123456789abcdef'] }, auth: { anonymous: true } }

const found = (given: object, folder = tmpdir()): readonly string[] =>
  contradictions(settings.parse({ ...base, ...given }), folder).map(
    ({ path, message }) => `${pathText(path)}: ${message}`,
  )

test('the defaults do not contradict each other', () => {
  assert.deepEqual(found({}), [])
})

test('lengths of time and sizes stand in their order', () => {
  const named = (given: object) => found(given).map((each) => each.split(':')[0])
  assert.deepEqual(named({ delivery: { leaseTtl: '2m' } }), ['delivery.leaseTtl'])
  assert.deepEqual(named({ heartbeat: '60s' }), ['heartbeat', 'heartbeat'])
  assert.deepEqual(named({ health: { canaryEvery: '30s' } }), ['health.canaryEvery'])
  assert.deepEqual(named({ kafka: { stallAfter: '11s' } }), ['kafka.stallAfter'])
  assert.deepEqual(named({ kafka: { publishTimeout: '9s' } }), ['kafka.requestTimeout'])
  assert.deepEqual(named({ limits: { frame: '1MiB' } }), ['limits.frame', 'limits.frame'])
  assert.deepEqual(named({ delivery: { maxDeliverySize: '3MiB' } }), ['delivery.maxDeliverySize'])
  assert.deepEqual(named({ delivery: { maxUnconfirmed: 50_000 } }), ['delivery.maxUnconfirmed'])
  assert.deepEqual(named({ delivery: { maxResume: '900KiB' } }), ['delivery.maxDeliverySize'])
  assert.deepEqual(named({ delivery: { maxResumes: '4MiB' } }), ['delivery.maxResume'])
})

test('a client that confirms what it hears hears something before it is closed for not confirming', () => {
  assert.match(found({ delivery: { confirmTimeout: '25s' } })[0] ?? '', /^heartbeat: 25s must be less than/)
  assert.deepEqual(found({ heartbeat: '5s', delivery: { confirmTimeout: '25s' } }), [])
})

test('what a client has not confirmed is in the log until its resume window is over', () => {
  assert.deepEqual(found({ delivery: { confirmTimeout: '8m' } }), [
    'delivery.confirmTimeout: 8m must be less than 8m: slot topics keep records for 10m, and what a client has not confirmed must be there for its return',
  ])
  assert.deepEqual(found({ delivery: { confirmTimeout: '8m', resumeWindow: '5m' } }), [])
  assert.match(
    found({ delivery: { confirmTimeout: '10m', resumeWindow: '5m' } })[0] ?? '',
    /^delivery\.confirmTimeout: 10m must be less than 10m: slot topics keep records for 15m/,
  )
})

test('nobody could come in without an issuer, anonymous principals or development', () => {
  assert.deepEqual(found({ auth: {} }), [
    'auth: nobody could come in: name an issuer in auth.jwt or a server in auth.introspection, or set auth.apiKeys.enabled or auth.anonymous to true',
  ])
  assert.deepEqual(found({ auth: {}, development: true }), [])
})

test('keys are fetched over https, or over http from this machine only', () => {
  const from = (jwksUri: string) => found({ auth: { jwt: [{ issuer: 'i', audience: 'a', jwksUri }] } })
  assert.deepEqual(from('https://idp.example/jwks'), [])
  assert.deepEqual(from('http://127.0.0.1:9/jwks'), [])
  assert.deepEqual(from('http://localhost/jwks'), [])
  assert.match(from('http://127.0.0.1.example/jwks')[0] ?? '', /^auth\.jwt\[0\]\.jwksUri: must be https/)
  assert.match(from('file:///etc/keys')[0] ?? '', /must be https/)
})

test('an issuer stands once per audience', () => {
  const one = { issuer: 'i', audience: 'a', jwksUri: 'https://x/' }
  assert.deepEqual(found({ auth: { jwt: [one, { ...one, audience: 'b' }, one] } }), [
    'auth.jwt[2]: the same issuer and audience as auth.jwt[0]',
  ])
})

const keyFile = (t: TestContext, content: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-keys-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'jwks.json'), content)
  return found({ auth: { jwt: [{ issuer: 'i', audience: 'a', jwksFile: 'jwks.json' }] } }, folder).join('\n')
}

test('a key file is there and holds public keys only', (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const set = (...keys: object[]) => JSON.stringify({ keys })
  assert.equal(keyFile(t, set(publicKey.export({ format: 'jwk' }))), '')
  assert.match(keyFile(t, set(privateKey.export({ format: 'jwk' }))), /key 1 is a private key/)
  assert.match(keyFile(t, set({ kty: 'oct', k: 'AAAA' })), /key 1 is a shared secret/)
  assert.match(keyFile(t, set({ kty: 'EC', crv: 'P-256', x: '!' })), /key 1 is not a public key/)
  assert.match(keyFile(t, set()), /holds no key/)
  assert.match(keyFile(t, 'nonsense'), /is no JWKS/)
  const missing = found({ auth: { jwt: [{ issuer: 'i', audience: 'a', jwksFile: 'nowhere.json' }] } })
  assert.deepEqual(missing, ['auth.jwt[0].jwksFile: cannot read the file nowhere.json'])
})

test('the secret that everybody knows is for development only', () => {
  const session = { secrets: ['0123456789abcdef', developmentSecret] }
  assert.match(found({ session })[0] ?? '', /^session\.secrets\[1\]: is the development secret/)
  assert.deepEqual(found({ session, development: true }), [])
})

test('origins are exactly what browsers send', () => {
  const good = [
    'https://app.example.com',
    'http://localhost:3000',
    'https://[::1]:8443',
    'capacitor://localhost',
  ]
  assert.deepEqual(found({ origins: good }), [])
  const refused: Readonly<Record<string, RegExp>> = {
    null: /sandboxed/,
    '*': /exactly/,
    'https://*.example.com': /exactly/,
    'app.example.com': /scheme:\/\/host/,
    'https://app.example.com/': /: https:\/\/app\.example\.com$/,
    'https://app.example.com/path': /: https:\/\/app\.example\.com$/,
    'https://me@app.example.com': /: https:\/\/app\.example\.com$/,
    'https://app.example.com:443': /send this origin as https:\/\/app\.example\.com$/,
    'https://App.example.com': /send this origin as https:\/\/app\.example\.com$/,
  }
  for (const [origin, rule] of Object.entries(refused))
    assert.match(found({ origins: [origin] })[0] ?? '', rule)
})

test('no route leads into a topic of the gateway, and these are all different', () => {
  const into = (topic: string) => found({ routes: { a: { topic } } })
  assert.deepEqual(into('openclaw.slots'), [])
  assert.deepEqual(into('openclaw.slot.x'), [])
  assert.match(into('openclaw.slot.63')[0] ?? '', /^routes\.a\.topic: .*\(topics\.slot\)/)
  assert.match(into('openclaw.revocations')[0] ?? '', /\(topics\.revocations\)/)
  assert.match(found({ topics: { events: 'x', sessions: 'x' } })[0] ?? '', /^topics\.sessions: x is also/)
  assert.match(found({ topics: { events: 'openclaw.slot.1' } })[0] ?? '', /what topics\.slot names/)
})

test('a match belongs to one route, and an anonymous route needs anonymous principals', () => {
  const match = [{ path: '/chat' }]
  const routes = { a: { topic: 'a', match }, b: { topic: 'b', match: [{ path: '/b' }, ...match] } }
  assert.match(found({ routes })[0] ?? '', /^routes\.b\.match\[1\]: routes\.a has the same match/)
  const issuer = { issuer: 'i', audience: 'a', jwksUri: 'https://x/' }
  const anonymous = { auth: { jwt: [issuer] }, routes: { a: { topic: 'a', anonymous: true } } }
  assert.match(found(anonymous)[0] ?? '', /^routes\.a\.anonymous: needs auth\.anonymous/)
})

test('PROXY headers are believed of somebody', () => {
  assert.match(found({ listen: { proxyProtocol: true } })[0] ?? '', /listen\.trustedProxies/)
  assert.deepEqual(found({ listen: { proxyProtocol: true, trustedProxies: ['10.0.0.0/8'] } }), [])
})
