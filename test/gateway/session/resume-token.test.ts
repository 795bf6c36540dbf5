// Resume tokens are read back by whoever knows a secret, and nobody else can make or change one.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { issueResumeToken, readResumeToken } from '../../../gateway/session/resume-token.ts'

const claims = { session: 'AAAAAAAAAAAAAAAAAAAAAA', birth: 1_700_000_000_000 }
const alice = { user: 'alice', tenant: 'acme', claims: {} }
const token = issueResumeToken(claims, alice, 'the secret')
const [body = '', signature = ''] = token.split('.')

test('a token names its session, its birth and its principal', () => {
  assert.deepEqual(readResumeToken(token, ['the secret']), { ...claims, user: 'alice', tenant: 'acme' })
  const anonymous = issueResumeToken(claims, { tenant: '', claims: {} }, 'the secret')
  assert.deepEqual(readResumeToken(anonymous, ['the secret']), { ...claims, tenant: '' })
})

test('a token by a previous secret counts, one by a stranger’s does not', () => {
  assert.ok(readResumeToken(token, ['newer', 'the secret']))
  assert.equal(readResumeToken(token, ['newer']), undefined)
  assert.equal(readResumeToken(token, []), undefined)
})

const forged = Buffer.from(JSON.stringify(['B'.repeat(22), 1, 'acme', 'alice'])).toString('base64url')
const bare = createHmac('sha256', 'the secret').update(forged).digest('base64url')
for (const [what, changed] of [
  ['with another body', `${forged}.${signature}`],
  ['signed as something else', `${forged}.${bare}`],
  ['without a signature', `${body}.`],
  ['without its dot', body],
  ['with half a signature', `${body}.${signature.slice(0, 20)}`],
  ['cut short', token.slice(0, -2)],
  ['with more behind it', `${token}.x`],
  ['that is empty', ''],
  ['that is too long', `${'A'.repeat(3_000)}.${signature}`],
] as const) {
  test(`a token ${what} is none`, () => assert.equal(readResumeToken(changed, ['the secret']), undefined))
}

test('a forward’s mark is no resume token though both use the same secret', () => {
  const mark = createHmac('sha256', 'the secret').update(body).digest('base64url')
  assert.equal(readResumeToken(`${body}.${mark}`, ['the secret']), undefined)
})

test('the longest names that are let in fit into a token', () => {
  const long = { user: 'é'.repeat(128), tenant: '"'.repeat(256), claims: {} }
  const read = readResumeToken(issueResumeToken(claims, long, 's'), ['s'])
  assert.deepEqual([read?.user, read?.tenant], [long.user, long.tenant])
})

test('a token of the shape that an earlier version gave is none', () => {
  const old = Buffer.from(JSON.stringify(['A'.repeat(22), 3, 1, 'acme', 'alice'])).toString('base64url')
  const mark = createHmac('sha256', 'the secret').update(`resume.${old}`).digest('base64url')
  assert.equal(readResumeToken(`${old}.${mark}`, ['the secret']), undefined)
})
