// openclaw token: a token alone on standard output, which the issuer of the configuration vouches for.
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { home } from '../../cli/project.ts'
import { runCommand } from '../support/command.ts'

const cwd = join(import.meta.dirname, '../..')

const claimsOf = async (token: string) => {
  const keys = JSON.parse(readFileSync(join(home, 'jwks.json'), 'utf8')) as JSONWebKeySet
  const options = { issuer: 'openclaw-development', audience: 'openclaw', algorithms: ['ES256'] }
  return (await jwtVerify(token, createLocalJWKSet(keys), options)).payload
}

test('the token is alone on standard output and good for an hour', async () => {
  const { code, stdout, stderr } = await runCommand(['token', 'alice'], { cwd })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  const { sub, iat = 0, exp = 0, jti } = await claimsOf(stdout.trim())
  assert.equal(sub, 'alice')
  assert.equal(exp - iat, 3600)
  assert.ok(jti)
})

test('tenant, roles, claims and time to live go in', async () => {
  const given = '--tenant acme --role admin --role member --claim rooms=["a"] --claim plan=gold --ttl 10m'
  const { stdout, stderr } = await runCommand(['token', 'bob', ...given.split(' ')], { cwd })
  assert.equal(stderr, '')
  const { tenant, roles, rooms, plan, iat = 0, exp = 0 } = await claimsOf(stdout.trim())
  assert.deepEqual(
    { tenant, roles, rooms, plan },
    { tenant: 'acme', roles: ['admin', 'member'], rooms: ['a'], plan: 'gold' },
  )
  assert.equal(exp - iat, 600)
})

test('--expired makes one that nobody accepts any more', async () => {
  const { stdout } = await runCommand(['token', 'alice', '--expired'], { cwd })
  await assert.rejects(claimsOf(stdout.trim()), { code: 'ERR_JWT_EXPIRED' })
})

test('only its owner may read the development key', async () => {
  await runCommand(['token', 'alice'], { cwd })
  assert.equal(statSync(join(home, 'key.json')).mode & 0o777, 0o600)
})

test('a configuration that does not trust the development key gets no token', async () => {
  const env = { OPENCLAW_AUTH_JWT: '[{issuer: i, audience: a, jwksUri: "https://idp.example/jwks"}]' }
  const { code, stdout, stderr } = await runCommand(['token', 'alice'], { cwd, env })
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^openclaw: this configuration does not trust the development key/)
})
