// Session ids cannot be guessed, origins outlive a session where the client is stable, generations only grow.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSessionId, nextGeneration, originOf, sessionPattern } from '../../../gateway/session/identity.ts'

const alice = { user: 'alice', tenant: 'acme', claims: {} }

test('session ids are many and fit their pattern', () => {
  const ids = Array.from({ length: 1_000 }, newSessionId)
  assert.equal(new Set(ids).size, 1_000)
  assert.ok(ids.every((id) => sessionPattern.test(id)))
})

test('the origin is the session, or the client’s instance where it names one and is somebody', () => {
  assert.equal(originOf('s', alice, undefined), 's')
  assert.equal(originOf('s', { tenant: '', claims: {} }, 'i'), 's')
  assert.equal(originOf('s', alice, 'i'), originOf('another', alice, 'i'))
  assert.match(originOf('s', alice, 'i'), /^[A-Za-z0-9_-]{22}$/)
})

test('no two of tenant, user and instance make the same origin', () => {
  const origins = [
    originOf('s', alice, 'i'),
    originOf('s', alice, 'j'),
    originOf('s', { ...alice, user: 'bob' }, 'i'),
    originOf('s', { ...alice, tenant: '' }, 'i'),
    originOf('s', { ...alice, tenant: 'acm', user: 'ealice' }, 'i'),
    originOf('s', { ...alice, tenant: 'acme5:alice1:', user: 'i' }, ''),
  ]
  assert.equal(new Set(origins).size, origins.length)
})

test('a generation is the time, or one more than any that is known', () => {
  assert.equal(nextGeneration(100), 100)
  assert.equal(nextGeneration(100, 5, 99), 100)
  assert.equal(nextGeneration(100, 5, 100), 101)
})
