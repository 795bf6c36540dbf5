// How we are reached and whom we reach: TLS files, the admin token, logins; wrong ones are told before anything starts.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadConfig, type Overrides } from '../../../gateway/config/load.ts'
import { problemText } from '../../../gateway/config/problem.ts'
import { createAuthority, writeCertificate } from '../../support/certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'openclaw-tls-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const authority = createAuthority()
const good = writeCertificate(folder, 'good', authority.issue({ subject: { CN: 'localhost' } }))
const other = writeCertificate(folder, 'other', authority.issue({ subject: { CN: 'localhost' } }))
const ca = join(folder, 'ca.crt')
writeFileSync(ca, authority.cert)
const nonsense = join(folder, 'nonsense')
writeFileSync(nonsense, 'hunter2hunter2hunter2')

const load = (overrides: Overrides, env: Record<string, string> = {}) =>
  loadConfig({
    env,
    overrides: { session: { secrets: ['a secret of the tests'] }, auth: { anonymous: true }, ...overrides },
  })

const problemsOf = (overrides: Overrides, env: Record<string, string> = {}): string => {
  const loaded = load(overrides, env)
  return loaded.ok ? '' : loaded.problems.map(problemText).join('\n')
}

test('a good pair is taken, and its files are found from the folder of the configuration', () => {
  const file = join(folder, 'openclaw.yaml')
  writeFileSync(file, 'listen: { tls: { cert: good.crt, key: good.key } }\n')
  const loaded = loadConfig({
    file,
    env: { OPENCLAW_SESSION_SECRETS: 'a secret of the tests', OPENCLAW_AUTH_ANONYMOUS: 'true' },
  })
  assert.ok(loaded.ok)
  assert.equal(loaded.config.listen.tls?.cert, good.cert)
  assert.equal(loaded.config.listen.tls.minVersion, 'TLSv1.2')
})

for (const [what, tls, expected] of [
  ['a file that is not there', { ...good, cert: join(folder, 'none') }, /listen\.tls\.cert: cannot read/],
  ['a certificate that is none', { ...good, cert: nonsense }, /listen\.tls\.cert: .* holds no certificate/],
  ['a key that is none', { ...good, key: nonsense }, /listen\.tls\.key: .* holds no private key/],
  ['a key of another certificate', { ...good, key: other.key }, /listen\.tls\.key: .* is not the key of/],
  ['authorities that are none', { ...good, ca: nonsense }, /listen\.tls\.ca: .* holds no certificates/],
  [
    'client certificates nobody can judge',
    { ...good, clientCertificates: 'require' },
    /listen\.tls\.ca: is req/,
  ],
] as const) {
  test(`${what} is told with the setting, and without what is in the file`, () => {
    const said = problemsOf({ listen: { tls } })
    assert.match(said, expected)
    assert.doesNotMatch(said, /hunter2/)
  })
}

test('an admin listener that others can reach needs a token, but in development', () => {
  const admin = { host: '0.0.0.0' }
  assert.match(problemsOf({ admin }), /admin\.token: is required, for admin\.host 0\.0\.0\.0 is not loopback/)
  assert.equal(problemsOf({ admin: { ...admin, token: 'sixteen characters'.replace(' ', '-') } }), '')
  assert.equal(problemsOf({ admin, development: true }), '')
  for (const host of ['127.0.0.1', '::1', 'localhost']) assert.equal(problemsOf({ admin: { host } }), '')
})

test('true stands for TLS with nothing more to say, and variables fill the rest', () => {
  const env = { OPENCLAW_KAFKA_SSL_CA: ca, OPENCLAW_KAFKA_SSL: 'true', OPENCLAW_REDIS_TLS_CA: ca }
  const loaded = load({ redis: { url: 'rediss://r:1' } }, env)
  assert.ok(loaded.ok)
  assert.deepEqual(loaded.config.kafka.ssl, { ca })
  assert.deepEqual(loaded.config.redis.tls, { ca })
  const plain = load({ kafka: { ssl: true } })
  assert.ok(plain.ok)
  assert.deepEqual(plain.config.kafka.ssl, {})
  const off = load({ kafka: { ssl: false } })
  assert.ok(off.ok)
  assert.equal(off.config.kafka.ssl, undefined)
})

test('a mechanism needs what it works with, and its secret is not sent in the clear', () => {
  const said = problemsOf({ kafka: { sasl: { mechanism: 'oauthbearer', tokenUrl: 'http://idp.example/' } } })
  assert.match(said, /kafka\.sasl\.clientId: is required for mechanism oauthbearer/)
  assert.match(said, /kafka\.sasl\.clientSecret: is required/)
  assert.match(said, /kafka\.sasl\.tokenUrl: must be https, or http on loopback/)
  const sasl = { mechanism: 'plain', username: 'u', password: 'p' } as const
  const brokers = ['kafka.example:9092']
  assert.match(
    problemsOf({ kafka: { brokers, sasl } }),
    /shows the secret to whoever listens; set kafka\.ssl/,
  )
  assert.equal(problemsOf({ kafka: { brokers, sasl, ssl: true } }), '')
  assert.equal(problemsOf({ kafka: { brokers, sasl: { ...sasl, mechanism: 'scram-sha-512' } } }), '')
})

test('ways to Redis that exclude each other are told', () => {
  const sentinel = { name: 'main', hosts: ['h:1'] }
  assert.match(
    problemsOf({ redis: { sentinel, cluster: ['h:2'] } }),
    /either redis\.sentinel or redis\.cluster/,
  )
  assert.match(problemsOf({ redis: { url: 'redis://u:p@h', password: 'q' } }), /holds a password as well/)
  assert.match(problemsOf({ redis: { url: 'redis://h', tls: true } }), /write rediss:\/\//)
  assert.equal(problemsOf({ redis: { sentinel, tls: true, password: 'q' } }), '')
})
