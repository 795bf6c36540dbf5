// What records of the revocation topic mean, and what of that a credential or a session is: pure decisions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  counts,
  kindOfKey,
  RevocationSet,
  readRevocation,
  userKey,
} from '../../../gateway/admission/revocations.ts'
import type { Shown } from '../../../gateway/session/principal.ts'
import { alice } from '../fakes.ts'

const read = (text: string) => readRevocation(Buffer.from(text))

test('a value is read as far as it goes, and what cannot be read revokes rather than not', () => {
  const time = '2026-11-23T12:00:00.250Z'
  assert.deepEqual(read(`{"notBefore":"${time}","expiresAt":"2026-11-24T00:00:00+02:00","reason":"r"}`), {
    revocation: { notBefore: Date.parse(time), expiresAt: Date.parse('2026-11-23T22:00:00Z'), reason: 'r' },
  })
  for (const all of ['', ' \n', '{}', '{"notBefore":null,"expiresAt":null,"reason":7}', '{"more":1}'])
    assert.deepEqual(read(all), { revocation: {} }, all)
  for (const broken of ['no JSON', '[]', '"text"', 'null', '7', '\u0000'])
    assert.deepEqual([read(broken).revocation, typeof read(broken).trouble], [{}, 'string'], broken)
  for (const wrong of ['"yesterday"', '"2026-11-23"', '1795000000', '"2026-13-40T00:00:00Z"', 'true']) {
    const before = read(`{"notBefore":${wrong},"expiresAt":"${time}"}`)
    assert.deepEqual(before.revocation, { expiresAt: Date.parse(time) }, wrong)
    assert.match(String(before.trouble), /notBefore/)
    const until = read(`{"expiresAt":${wrong}}`)
    assert.deepEqual(until.revocation, {}, wrong)
    assert.match(String(until.trouble), /expiresAt/)
  }
})

test('keys name a kind and an id; of a user a tenant, too, in which a slash is written otherwise', () => {
  assert.deepEqual(['token:a', 'user:/a', 'user:t/a/b', 'key:k', 'session:s'].map(kindOfKey), [
    'token',
    'user',
    'user',
    'key',
    'session',
  ])
  for (const none of ['', 'token:', 'token', 'user:alice', 'users:/a', 'Token:a'])
    assert.equal(kindOfKey(none), undefined, none)
  assert.equal(userKey('', 'a/b'), 'user:/a/b')
  assert.notEqual(userKey('a/b', 'c'), userKey('a', 'b/c'))
  assert.notEqual(userKey('a%2Fb', 'c'), userKey('a/b', 'c'))
})

const now = 1_000_000
const shownBy = (shown: Shown) => ({ ...alice, shown })

test('a credential is revoked by its token, its key or its user, and nobody else’s is', () => {
  for (const [key, hit, ...missed] of [
    ['token:t', shownBy({ token: 't' }), shownBy({ token: 'u' }), shownBy({ key: 't' }), alice],
    ['key:k', shownBy({ key: 'k' }), shownBy({ key: 'l' }), shownBy({ token: 'k' }), alice],
    [
      'user:/alice',
      alice,
      { ...alice, tenant: 'acme' },
      { ...alice, user: 'bob' },
      { tenant: '', claims: {} },
    ],
    ['user:acme/alice', { ...alice, tenant: 'acme' }, alice],
  ] as const) {
    const set = new RevocationSet()
    assert.equal(set.isRevoked(hit, now), false)
    set.set(key, {})
    assert.equal(set.isRevoked(hit, now), true, key)
    for (const other of missed) assert.equal(set.isRevoked(other, now), false, key)
    set.delete(key)
    assert.equal(set.isRevoked(hit, now), false)
  }
})

test('what was issued from notBefore on is good; when that is not known it counts as before', () => {
  const set = new RevocationSet()
  set.set('user:/alice', { notBefore: 500 })
  assert.equal(set.isRevoked(shownBy({ issuedAt: 499 }), now), true)
  assert.equal(set.isRevoked(shownBy({ issuedAt: 500 }), now), false)
  assert.equal(set.isRevoked(alice, now), true)
  assert.equal(set.isUserRevokedSince({ birth: 499, principal: alice }, now), true)
  assert.equal(set.isUserRevokedSince({ birth: 500, principal: alice }, now), false)
  set.set('session:s', { notBefore: 500 })
  assert.deepEqual(
    [499, 500].map((birth) => set.isSessionRevoked({ id: 's', birth }, now)),
    [true, false],
  )
  assert.equal(set.isSessionRevoked({ id: 'other', birth: 1 }, now), false)
})

test('after its end a revocation does not count, and is found to be let go of', () => {
  const set = new RevocationSet()
  set.set('user:/alice', { expiresAt: now })
  set.set('token:t', { expiresAt: now + 1 })
  assert.equal(set.isRevoked(alice, now - 1), true)
  assert.equal(set.isRevoked(alice, now), false)
  assert.deepEqual(set.over(now), ['user:/alice'])
  assert.deepEqual([counts({}, now), counts({ expiresAt: now }, now)], [true, false])
})
