// Forged, borrowed and worn-out tokens at a whole gateway, in each place for one: none lets anybody in, none makes it fetch anything.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { onEnd } from '../support/cleanup.ts'
import { connect, welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { startProcess } from '../support/node-process.ts'
import { bodyOf, handshakeText, statusOf, wireTo } from '../support/wire.ts'

const [rsa, ec, stranger] = await Promise.all([
  generateKeyPair('RS256', { extractable: true }),
  generateKeyPair('ES256', { extractable: true }),
  generateKeyPair('ES256', { extractable: true }),
])
const [iss, aud] = ['https://idp.example', 'openclaw']
const now = (): number => Math.floor(Date.now() / 1_000)
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

type Claims = JWTPayload & Record<string, unknown>
const claimsOf = (more: Claims = {}): Claims => ({
  iss,
  aud,
  sub: 'mallory',
  // Older than the keys: of a newer one with an unknown key nothing would be known, and that is said.
  iat: now() - 300,
  exp: now() + 600,
  ...more,
})

const sign = (more: Claims = {}, header: object = {}, key = ec.privateKey): Promise<string> =>
  new SignJWT(claimsOf(more)).setProtectedHeader({ alg: 'ES256', kid: 'ec', ...header }).sign(key)

/** Signed with a secret that everybody knows: the text of a public key. */
const byMac = (secret: string | Buffer, kid: string, alg = 'HS256'): string => {
  const text = `${part({ alg, kid })}.${part(claimsOf())}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

test('no token but a good one lets in', async (t) => {
  const fetched: string[] = []
  const trap = createServer((request, response) => {
    fetched.push(request.url ?? '')
    response.end('{"keys":[]}')
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  onEnd(t, () => trap.close().closeAllConnections())
  const elsewhere = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`

  const cluster = await testCluster(t, { slots: 1 })
  const jwksFile = join(cluster.folder, 'keys.json')
  const keys = [
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
  ]
  writeFileSync(jwksFile, JSON.stringify({ keys }))
  const node = await startProcess(t, cluster, {
    auth: { jwt: [{ issuer: iss, audience: aud, jwksFile }] },
    log: { level: 'debug' },
  })
  const jwk = await exportJWK(stranger.publicKey)
  const spki = await exportSPKI(rsa.publicKey)
  const good = await sign({ sub: 'alice' })
  const [head = '', body = '', signature = ''] = good.split('.')
  const calm = await welcomed(t, node.port, good)

  const bad: readonly [what: string, token: string][] = [
    ['no algorithm', `${part({ alg: 'none' })}.${part(claimsOf())}.`],
    ['no algorithm, in capitals', `${part({ alg: 'NONE', kid: 'ec' })}.${part(claimsOf())}.`],
    ['no algorithm and the signature of a good one', `${part({ alg: 'none' })}.${body}.${signature}`],
    ['no signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['six parts', `${good}.${good}`],
    ['other claims under a good signature', `${head}.${part(claimsOf({ sub: 'root' }))}.${signature}`],
    ['a signature of zeros', `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`],
    ['a MAC by the public RSA key', byMac(spki, 'rsa')],
    ['a MAC by the public RSA key, its last line end cut', byMac(spki.trimEnd(), 'rsa')],
    ['a MAC by the modulus', byMac(Buffer.from(keys[0]?.n ?? '', 'base64url'), 'rsa')],
    ['a MAC by an empty secret', byMac('', 'ec')],
    ['a MAC by the public EC key', byMac(JSON.stringify(keys[1]), 'ec')],
    ['RS256 said of the EC key', `${part({ alg: 'RS256', kid: 'ec' })}.${body}.${signature}`],
    ['its own key in the header', await sign({}, { jwk, kid: undefined }, stranger.privateKey)],
    ['its own key beside a known id', await sign({}, { jwk }, stranger.privateKey)],
    ['a URL of keys', await sign({}, { jku: `${elsewhere}/jku` }, stranger.privateKey)],
    [
      'a URL of certificates',
      await sign({}, { x5u: `${elsewhere}/x5u`, kid: undefined }, stranger.privateKey),
    ],
    ['a certificate', await sign({}, { x5c: ['MIIB'] }, stranger.privateKey)],
    ['a key id that is a path', await sign({}, { kid: '../../../../../dev/null' }, stranger.privateKey)],
    ['a key id that is a URL', await sign({}, { kid: `${elsewhere}/kid` }, stranger.privateKey)],
    [
      'a key id that asks a database',
      await sign({}, { kid: "x' UNION SELECT 'k' -- " }, stranger.privateKey),
    ],
    ['a key id that is a command', await sign({}, { kid: '|/usr/bin/id' }, stranger.privateKey)],
    ['a key id that is a property of objects', await sign({}, { kid: '__proto__' }, stranger.privateKey)],
    ['a huge key id', await sign({}, { kid: 'k'.repeat(5_000) }, stranger.privateKey)],
    ['a key id of another type', await sign({}, { kid: ['ec'] as never }, stranger.privateKey)],
    ['an end that was', await sign({ exp: now() - 60 })],
    ['no end', await sign({ exp: undefined } as never)],
    ['a beginning to come', await sign({ nbf: now() + 60 })],
    ['another audience', await sign({ aud: 'bank' })],
    ['another issuer', await sign({ iss: 'https://evil.example' })],
    ['an issuer that begins like ours', await sign({ iss: `${iss}.evil.example` })],
    ['the type of a logout token', await sign({}, { typ: 'logout+jwt' })],
    ['a subject with a line break', await sign({ sub: 'a\r\nadmin' })],
    ['an empty subject', await sign({ sub: '' })],
    ['a subject that is an object', await sign({ sub: { user: 'root' } as never })],
    ['more bytes than any token', await sign({ much: 'x'.repeat(9_000) })],
    ['nothing but dots', '..'],
    ['a JSON form', Buffer.from('{"payload":"","signatures":[]}').toString('base64url')],
  ]
  for (const [what, token] of bad) {
    await t.test(`not one with ${what}`, async () => {
      const inHello = await connect(t, node.port)
      inHello.send({ hello: { token } })
      assert.deepEqual(await inHello.closed, { code: 4401, reason: 'no valid credential' })
      const raw = handshakeText({ authorization: `Bearer ${token}` }, 'GET /echo HTTP/1.1')
      const { text } = await wireTo(t, node.port, raw).ended
      assert.equal(statusOf(text), 401)
      // The same words whatever was wrong.
      assert.deepEqual(JSON.parse(bodyOf(text)), { code: 'unauthenticated' })
      calm.send({ authenticate: { id: 'a', token } })
      assert.equal((await calm.next('refusal'))['message'], 'the token is not valid')
    })
  }

  await t.test('nothing was fetched, and no token nor its parts are in the log', () => {
    assert.deepEqual(fetched, [])
    const logged = JSON.stringify(node.lines)
    for (const token of [good, ...bad.map(([, each]) => each)])
      for (const piece of token.split('.').filter(({ length }) => length > 40))
        assert.ok(!logged.includes(piece.slice(0, 40)), piece)
  })
  calm.send({ ping: {} })
  await calm.next('pong')
})
