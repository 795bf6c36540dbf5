// Credentials may follow each other on one session only if they are of the same principal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, samePrincipal } from '../../../gateway/session/principal.ts'

test('user and tenant make a principal, its claims and times do not', () => {
  const alice = { user: 'alice', tenant: 'acme', claims: {} }
  assert.equal(samePrincipal(alice, { ...alice, claims: { role: 'x' }, expiresAt: 5 }), true)
  assert.equal(samePrincipal(alice, { ...alice, tenant: '' }), false)
  assert.equal(samePrincipal(alice, { ...alice, user: 'bob' }), false)
  assert.equal(samePrincipal(alice, anonymous), false)
  assert.equal(samePrincipal(anonymous, { tenant: '', claims: {} }), true)
})
