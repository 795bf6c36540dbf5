// grants: where roles and scopes of a token are looked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantsOf } from '../../../gateway/policy/grants.ts'

test('roles come from the claim roles and from realm_access, each once', () => {
  const claims = { roles: ['member', 'editor'], realm_access: { roles: ['editor', 'admin'] } }
  assert.deepEqual(grantsOf(claims).roles, ['member', 'editor', 'admin'])
})

test('scopes come from scope and scp, as words or as lists', () => {
  assert.deepEqual(grantsOf({ scope: 'read  write' }).scopes, ['read', 'write'])
  assert.deepEqual(grantsOf({ scp: 'read write' }).scopes, ['read', 'write'])
  assert.deepEqual(grantsOf({ scope: 'read', scp: ['read', 'rooms:join'] }).scopes, ['read', 'rooms:join'])
})

test('claims of another form grant nothing', () => {
  for (const claims of [
    {},
    { roles: 'admin', scope: 7, scp: { 0: 'read' } },
    { roles: [1, null, ['admin']], scope: [true], realm_access: ['admin'] },
    { realm_access: null, roles: undefined },
    Object.create({ roles: ['admin'], scope: 'all' }) as Record<string, unknown>,
  ]) {
    assert.deepEqual(grantsOf(claims), { roles: [], scopes: [] })
  }
})
