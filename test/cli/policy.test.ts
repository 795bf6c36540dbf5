// openclaw policy test: what somebody may do, and why, with an exit code for scripts.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCommand } from '../support/command.ts'
import { audience, issuer, tokenFor, writeJwks } from '../support/keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'openclaw-policy-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const config = join(folder, 'openclaw.yaml')
writeFileSync(join(folder, 'secret'), 'a secret of the tests only')
writeFileSync(
  config,
  JSON.stringify({
    session: { secrets: ['${file:secret}'] },
    auth: { jwt: [{ issuer, audience, jwksFile: await writeJwks(folder), tenantClaim: 'tenant' }] },
    routes: { chat: { topic: 'chat', allow: "'member' in principal.roles && type != 'admin'" } },
    channels: {
      'room:{room}': { subscribe: 'room in principal.claims.rooms', publish: "'w' in principal.scopes" },
    },
  }),
)

const run = (...args: readonly string[]) => runCommand(['policy', 'test', '-c', config, ...args])

test('a table of all that somebody may do, with the rules and what made them say so', async () => {
  const { code, stdout, stderr } = await run(
    '--user',
    'alice',
    '--tenant',
    'acme',
    '--role',
    'guest',
    '--scope',
    'r',
  )
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(stdout.split('\n')[0], 'user alice, tenant acme; roles: guest; scopes: r')
  assert.match(stdout, /^connect +yes +open to all who may come in$/m)
  assert.match(stdout, /^send +chat +no +the rule says no$/m)
  assert.match(stdout, /^ +→ "member" in principal.roles {2}= {2}false$/m)
  assert.match(stdout, /^ +principal.roles {2}= {2}\["guest"\]$/m)
  assert.match(stdout, /^subscribe +room:\{room\} +no +the rule fails, which says no: there is no "rooms"$/m)
})

test('the exit code says whether one target is allowed', async () => {
  const alice = ['--user', 'alice', '--claim', 'rooms=["1"]', '--role', 'member']
  const codes = await Promise.all([
    run(...alice, '--channel', 'room:1', '--subscribe'),
    run(...alice, '--channel', 'room:1', '--publish'),
    run(...alice, '--channel', 'room:2', '--subscribe'),
    run(...alice, '--route', 'chat'),
    run(...alice, '--route', 'chat', '--type', 'admin'),
    run(...alice, '--route', 'none'),
  ])
  assert.deepEqual(
    codes.map(({ code }) => code),
    [0, 1, 1, 0, 1, 1],
  )
})

test('a token says who it is, verified where that can be', async () => {
  const token = await tokenFor('bob', { claims: { tenant: 'acme', roles: ['member'] } })
  const good = await run('--token', token, '--route', 'chat')
  assert.equal(good.code, 0, good.stderr)
  assert.match(good.stdout, /^user bob, tenant acme; roles: member; scopes: none \(token verified\)$/m)
  const over = await run(
    '--token',
    await tokenFor('bob', { ttl: -60, claims: { roles: ['member'] } }),
    '--route',
    'chat',
  )
  assert.equal(over.code, 1)
  assert.match(over.stderr, /^the token: it is not valid \(expired/)
  const foreign = await run('--token', await tokenFor('bob', { issuer: 'other' }), '--route', 'chat')
  assert.match(foreign.stderr, /^the token: no issuer of auth\.jwt has its iss and aud/)
  const none = await run('--token', 'abc')
  assert.deepEqual([none.code, none.stderr], [1, 'openclaw: --token: it is no JWT\n'])
})

test('JSON has the same for programs', async () => {
  const { code, stdout } = await run('--user', 'alice', '--channel', 'room:1', '--publish', '--json')
  assert.equal(code, 1)
  const told = JSON.parse(stdout) as {
    allowed: boolean
    allowances: { to: string; verdict: string; rule: object }[]
  }
  assert.equal(told.allowed, false)
  assert.deepEqual(
    told.allowances.map(({ to, verdict }) => [to, verdict]),
    [
      ['connect', 'yes'],
      ['publish', 'no'],
    ],
  )
  assert.deepEqual(told.allowances[1]?.rule, {
    text: '"w" in principal.scopes',
    outcome: 'value',
    shown: 'false',
    decides: false,
    parts: [{ text: 'principal.scopes', outcome: 'value', shown: '[]', decides: false, parts: [] }],
  })
})

test('it has to be said who asks, once', async () => {
  for (const args of [[], ['--user', 'a', '--anonymous']]) {
    const { code, stderr } = await run(...args)
    assert.deepEqual([code, stderr], [2, 'openclaw: say who: give one of --token, --user and --anonymous\n'])
  }
})
