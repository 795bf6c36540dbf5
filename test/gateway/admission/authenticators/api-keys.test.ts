// Which API keys are good, what they make of who shows them, and until when.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOf, type KeyRecord, newKeyId, newSecret } from '../../../../gateway/admission/api-key.ts'
import {
  createApiKeyAuthenticator,
  KeysUnknown,
} from '../../../../gateway/admission/authenticators/api-keys.ts'
import { makeKey } from '../../../support/api-keys.ts'

const start = Date.now()

function world(records: readonly { id: string; record: unknown }[]) {
  const table = new Map(records.map(({ id, record }) => [id, Buffer.from(JSON.stringify(record))]))
  const unreadable: string[] = []
  const state = { now: start, trouble: undefined as string | undefined }
  const keys = createApiKeyAuthenticator({
    table: {
      get: (id) => table.get(id),
      get trouble() {
        return state.trouble
      },
    },
    onUnreadable: (id) => void unreadable.push(id),
    now: () => state.now,
  })
  return {
    table,
    unreadable,
    state,
    keys,
    check: (key: string) => keys.authenticate({ kind: 'api-key', key }),
  }
}

test('a key is its user of its tenant, with its claims, and can be revoked by its id', async () => {
  const claims = { roles: ['admin'], scope: 'a b', plan: 'gold' }
  const key = makeKey('alice', { tenant: 'acme', claims, expiresAt: new Date(start + 5_000).toISOString() })
  const { check } = world([key])
  assert.deepEqual(await check(key.text), {
    user: 'alice',
    tenant: 'acme',
    claims,
    expiresAt: start + 5_000,
    shown: {
      key: key.id,
      keySecret: key.record.secrets[0]?.sha256,
      issuedAt: Date.parse(key.record.createdAt),
    },
  })
})

test('a key without an end has none', async () => {
  const key = makeKey('alice')
  const principal = await world([key]).check(key.text)
  assert.ok(principal !== undefined && !('expiresAt' in principal))
})

test('another secret, an id of nobody, a key that is over and a text that is none are not good', async () => {
  const [key, other] = [makeKey('alice'), makeKey('bob')]
  const over = makeKey('carol', { expiresAt: new Date(start).toISOString() })
  const { check } = world([key, other, over])
  const secretOf = (text: string) => text.slice(-43)
  for (const bad of [
    `oc_${key.id}_${newSecret()}`,
    `oc_${key.id}_${secretOf(other.text)}`,
    `oc_${newKeyId()}_${secretOf(key.text)}`,
    over.text,
    key.id,
    'nothing',
    '',
  ])
    assert.equal(await check(bad), undefined, bad)
})

test('a record that cannot be read makes no key good, and is told', async () => {
  const key = makeKey('alice')
  const { check, unreadable } = world([{ id: key.id, record: { ...key.record, user: '' } }])
  assert.equal(await check(key.text), undefined)
  assert.deepEqual(unreadable, [key.id])
})

test('nothing is said of a key while the table cannot be relied on', async () => {
  const key = makeKey('alice')
  const { check, state } = world([key])
  state.trouble = 'away'
  await assert.rejects(check(key.text), KeysUnknown)
})

test('a key is known by its shape where a token was meant, and a token is left to others', async () => {
  const key = makeKey('alice')
  const { keys } = world([key])
  assert.ok(keys.claims({ kind: 'bearer', token: key.text }))
  assert.equal((await keys.authenticate({ kind: 'bearer', token: key.text }))?.user, 'alice')
  for (const none of [
    { kind: 'bearer', token: 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln' },
    { kind: 'ticket', ticket: key.text },
    { kind: 'unreadable' },
  ] as const)
    assert.equal(keys.claims(none), false)
})

test('while a key is rotated both secrets are good, the old one until its time', async () => {
  const key = makeKey('alice')
  const secret = newSecret()
  const [old] = key.record.secrets
  assert.ok(old)
  const until = new Date(start + 1_000).toISOString()
  const young = { sha256: hashOf(secret), createdAt: key.record.createdAt }
  const rotated: KeyRecord = { ...key.record, secrets: [{ ...old, until }, young] }
  const { check, state } = world([{ id: key.id, record: rotated }])
  assert.equal((await check(key.text))?.expiresAt, start + 1_000)
  assert.equal((await check(`oc_${key.id}_${secret}`))?.expiresAt, undefined)
  state.now += 1_000
  assert.equal(await check(key.text), undefined)
  assert.equal((await check(`oc_${key.id}_${secret}`))?.user, 'alice')
})

test('who came in with a key is good as long as its record has the secret that was shown', async () => {
  const key = makeKey('alice')
  const { check, keys, table, state } = world([key])
  const principal = await check(key.text)
  assert.ok(principal)
  assert.ok(keys.stillGood(principal))
  assert.ok(keys.stillGood({ tenant: '', user: 'by token', claims: {} }))
  const put = (record: KeyRecord) => table.set(key.id, Buffer.from(JSON.stringify(record)))
  put({ ...key.record, secrets: [...makeKey('alice').record.secrets, ...key.record.secrets] })
  assert.ok(keys.stillGood(principal))
  put({ ...key.record, secrets: makeKey('alice').record.secrets })
  assert.equal(keys.stillGood(principal), false)
  put({ ...key.record, expiresAt: new Date(start + 10).toISOString() })
  assert.ok(keys.stillGood(principal))
  state.now += 10
  assert.equal(keys.stillGood(principal), false)
  table.delete(key.id)
  assert.equal(keys.stillGood(principal), false)
})

test('an id of nobody takes as long as a wrong secret', async () => {
  const keys = Array.from({ length: 50 }, () => makeKey('alice'))
  const { check } = world(keys)
  const wrong = keys.map(({ id }) => `oc_${id}_${newSecret()}`)
  const unknown = keys.map(() => `oc_${newKeyId()}_${newSecret()}`)
  const time = async (texts: readonly string[]) => {
    const began = performance.now()
    for (const text of texts) await check(text)
    return performance.now() - began
  }
  const rounds = { wrong: [] as number[], unknown: [] as number[] }
  for (let n = 0; n < 60; n++) {
    rounds.wrong.push(await time(wrong))
    rounds.unknown.push(await time(unknown))
  }
  // The fastest rounds, which nothing else on the machine has disturbed; a lookup without the work is ten times as fast.
  const ratio = Math.min(...rounds.wrong) / Math.min(...rounds.unknown)
  assert.ok(ratio > 0.5 && ratio < 2, `${ratio}`)
})
