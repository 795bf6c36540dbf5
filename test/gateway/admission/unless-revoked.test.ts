// Each credential that was found good is asked once more; what is not known lets nobody in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Authenticator } from '../../../gateway/admission/credential.ts'
import { unlessRevoked } from '../../../gateway/admission/unless-revoked.ts'
import { alice } from '../fakes.ts'

const credential = { kind: 'bearer', token: 't' } as const

const good: Authenticator = {
  name: 'good',
  claims: ({ kind }) => kind === 'bearer',
  authenticate: () => Promise.resolve(alice),
}

const check = (isRevoked: boolean, known = true) => ({
  known: () => Promise.resolve(known),
  isRevoked: () => isRevoked,
})

test('a good credential is taken, a revoked one is as one that is not valid', async () => {
  assert.equal(await unlessRevoked(check(false))(good).authenticate(credential), alice)
  assert.equal(await unlessRevoked(check(true))(good).authenticate(credential), undefined)
  assert.equal(unlessRevoked(check(true))(good).claims({ kind: 'unreadable' }), false)
})

test('while the revocations are not known nobody is let in, and who is not valid learns nothing of it', async () => {
  await assert.rejects(unlessRevoked(check(false, false))(good).authenticate(credential))
  const none = { ...good, authenticate: () => Promise.resolve(undefined) }
  assert.equal(await unlessRevoked(check(false, false))(none).authenticate(credential), undefined)
})
