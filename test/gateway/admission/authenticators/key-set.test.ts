// Keys from a URL: fetched when needed and no oftener, used on while it is down, and "not valid" apart from "not known".
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createJwtAuthenticator } from '../../../../gateway/admission/authenticators/jwt.ts'
import { KeysUnavailable } from '../../../../gateway/admission/authenticators/key-set.ts'
import { waitFor } from '../../../support/wait.ts'
import { issuerSettings, type Key, keyEndpoint, newKey, sign } from './issuer.ts'

const [older, newer, stranger] = await Promise.all([newKey('older'), newKey('newer'), newKey('stranger')])
const day = 86_400_000

async function world(t: TestContext, times: { cooldownMs?: number; freshMs?: number } = {}) {
  const endpoint = await keyEndpoint(t, [older])
  const failures: string[] = []
  const { jwksFile: _, ...settings } = issuerSettings()
  const jwt = createJwtAuthenticator({
    issuers: [{ ...settings, jwksUri: endpoint.url }],
    maxTokenSize: 4_096,
    onKeysUnavailable: (issuer, failure) => failures.push(`${issuer} ${String(failure)}`),
    keyTimes: { cooldownMs: times.cooldownMs ?? day, freshMs: times.freshMs ?? day },
  })
  const check = async (key: Key) => jwt.authenticate({ kind: 'bearer', token: await sign(key) })
  return { endpoint, failures, check }
}

test('keys are fetched once, however many ask at a time', async (t) => {
  const { endpoint, check } = await world(t)
  const users = await Promise.all(Array.from({ length: 20 }, () => check(older)))
  assert.ok(users.every((principal) => principal?.user === 'alice'))
  assert.equal(endpoint.fetches, 1)
})

test('a token of a new key is valid after one fetch', async (t) => {
  const { endpoint, check } = await world(t, { cooldownMs: 0 })
  assert.ok(await check(older))
  endpoint.answer = [older, newer]
  assert.ok(await check(newer))
  assert.equal(endpoint.fetches, 2)
  assert.ok(await check(older))
  assert.equal(endpoint.fetches, 2)
})

test('a flood of unknown keys makes no more than one fetch in a cooldown', async (t) => {
  const { endpoint, check } = await world(t)
  for (let n = 0; n < 20; n++) assert.equal(await check(stranger), undefined)
  assert.ok(await check(older))
  assert.equal(endpoint.fetches, 1)
})

test('a key that was taken back no longer counts once the keys are fetched anew', async (t) => {
  const { endpoint, check } = await world(t, { cooldownMs: 0, freshMs: 0 })
  assert.ok(await check(older))
  endpoint.answer = [newer]
  await waitFor(async () => (await check(older)) === undefined)
})

test('while the endpoint is down known keys go on, and an unknown one is not called invalid', async (t) => {
  const { endpoint, failures, check } = await world(t, { cooldownMs: 0, freshMs: 0 })
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
