// Keys from a URL: fetched when needed and no oftener, used on while it is down, and "not valid" apart from "not known".
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createIssuerKeys } from '../../../../gateway/admission/authenticators/issuer-keys.ts'
import { createJwtAuthenticator } from '../../../../gateway/admission/authenticators/jwt.ts'
import { KeysUnavailable } from '../../../../gateway/admission/authenticators/key-set.ts'
import { waitFor } from '../../../support/wait.ts'
import { issuerSettings, type Key, keyEndpoint, newKey, now, sign } from './issuer.ts'

const [older, newer, stranger] = await Promise.all([newKey('older'), newKey('newer'), newKey('stranger')])
const day = 86_400_000

async function world(t: TestContext, times: { cooldown?: number; refresh?: number } = {}) {
  const endpoint = await keyEndpoint(t, [older])
  const failures: string[] = []
  const settings = issuerSettings({ jwksFile: undefined, jwksUri: endpoint.url })
  const keysOf = createIssuerKeys(
    { cooldown: day, refresh: day, timeout: 5_000, ...times },
    (issuer, failure) => failures.push(`${issuer} ${String(failure)}`),
  )
  const jwt = createJwtAuthenticator({ issuers: [settings], keysOf, maxTokenSize: 4_096 })
  const check = async (key: Key, claims: object = {}, header: object = {}) =>
    jwt.authenticate({ kind: 'bearer', token: await sign(key, { ...claims }, header) })
  return { endpoint, failures, check, keysOf, settings }
}

test('keys are fetched once, however many ask at a time', async (t) => {
  const { endpoint, check } = await world(t)
  const users = await Promise.all(Array.from({ length: 20 }, () => check(older)))
  assert.ok(users.every((principal) => principal?.user === 'alice'))
  assert.equal(endpoint.fetches, 1)
})

test('a token of a new key is valid after one fetch', async (t) => {
  const { endpoint, check } = await world(t, { cooldown: 0 })
  assert.ok(await check(older))
  endpoint.answer = [older, newer]
  assert.ok(await check(newer))
  assert.equal(endpoint.fetches, 2)
  assert.ok(await check(older))
  assert.equal(endpoint.fetches, 2)
})

test('a flood of unknown keys makes no more than one fetch in a cooldown', async (t) => {
  const { endpoint, check } = await world(t)
  const past = { iat: now() - 60 }
  assert.ok(await check(older, past))
  for (let n = 0; n < 20; n++) assert.equal(await check(stranger, past), undefined)
  // What was issued after that fetch may be of a newer key, so it is not called invalid; the same without a time.
  for (const claims of [{ iat: now() }, { iat: now() + 600 }, { iat: 'x' }, {}])
    await assert.rejects(check(stranger, claims), KeysUnavailable)
  assert.ok(await check(older))
  assert.equal(endpoint.fetches, 1)
})

test('a token of an unknown key is not valid once keys were fetched because of it', async (t) => {
  const { endpoint, check } = await world(t, { cooldown: 0 })
  assert.ok(await check(older))
  assert.equal(await check(stranger, { iat: now() }), undefined)
  assert.equal(endpoint.fetches, 2)
})

test('a token without a key id, of a key that is new, is valid after one fetch', async (t) => {
  const { endpoint, check } = await world(t, { cooldown: 0 })
  const nameless = { kid: undefined }
  assert.ok(await check(older, {}, nameless))
  endpoint.answer = [newer]
  assert.ok(await check(newer, {}, nameless))
  assert.equal(endpoint.fetches, 2)
  assert.equal(await check(stranger, {}, nameless), undefined)
})

test('a forged signature of a known key makes no fetch', async (t) => {
  const { endpoint, check } = await world(t, { cooldown: 0 })
  assert.ok(await check(older))
  for (let n = 0; n < 5; n++) assert.equal(await check({ ...stranger, kid: 'older' }), undefined)
  assert.equal(endpoint.fetches, 1)
})

test('a token that came while keys were fetched may be of newer ones: it is not called invalid', async (t) => {
  const { endpoint, check } = await world(t, { cooldown: day })
  const slow = Promise.withResolvers<void>()
  endpoint.pause = slow.promise
  const first = check(older)
  await waitFor(() => endpoint.fetches === 1)
  const late = assert.rejects(check(newer, { iat: now() }), KeysUnavailable)
  slow.resolve()
  assert.ok(await first)
  await late
  assert.equal(endpoint.fetches, 1)
})

test('issuers that name the same place share its fetches', async (t) => {
  const { endpoint, check, keysOf, settings } = await world(t)
  assert.equal(keysOf(settings), keysOf({ ...settings, audience: 'other' }))
  assert.ok(await check(older))
  assert.equal(endpoint.fetches, 1)
})

test('after a quiet time longer than their own, keys are fetched before they count', async (t) => {
  const { endpoint, check } = await world(t, { cooldown: 0, refresh: 1 })
  assert.ok(await check(older))
  endpoint.answer = [newer]
  const since = performance.now()
  await waitFor(() => performance.now() - since > 5)
  assert.equal(await check(older), undefined)
})

test('a key that was taken back no longer counts once the keys are fetched anew', async (t) => {
  const { endpoint, check } = await world(t, { cooldown: 0, refresh: 0 })
  assert.ok(await check(older))
  endpoint.answer = [newer]
  await waitFor(async () => (await check(older)) === undefined)
})

test('while the endpoint is down known keys go on, and an unknown one is not called invalid', async (t) => {
  const { endpoint, failures, check } = await world(t, { cooldown: 0, refresh: 0 })
  assert.ok(await check(older))
  await endpoint.close()
  for (let n = 0; n < 5; n++) assert.ok(await check(older))
  await assert.rejects(check(newer), KeysUnavailable)
  assert.ok(failures.length > 0 && failures.every((failure) => failure.startsWith('https://idp.test')))
  endpoint.answer = [newer]
  await endpoint.open()
  await waitFor(() => check(newer).catch(() => undefined))
})

test('with no keys yet and the endpoint down nothing is known, and it is asked once in a cooldown', async (t) => {
  const { endpoint, failures, check } = await world(t)
  endpoint.answer = 503
  for (let n = 0; n < 10; n++) await assert.rejects(check(older), KeysUnavailable)
  assert.deepEqual([endpoint.fetches, failures.length], [1, 1])
})

for (const [what, answer] of [
  ['an error', 500],
  ['a redirect', 302],
  ['no JSON', 'keys'],
  ['no key set', '{"keys":5}'],
  ['more than a megabyte', `{"keys":[]${' '.repeat(1024 ** 2)}}`],
] as const) {
  test(`an endpoint that answers with ${what} is down`, async (t) => {
    const { endpoint, failures, check } = await world(t)
    endpoint.answer = answer
    await assert.rejects(check(older), KeysUnavailable)
    assert.equal(failures.length, 1)
    assert.equal(endpoint.fetches, 1)
  })
}
