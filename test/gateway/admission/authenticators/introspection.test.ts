// Opaque tokens: asked for once, kept for a time, and "not valid" apart from "not known".
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { NotAsked } from '../../../../gateway/admission/authenticators/circuit.ts'
import {
  createIntrospection,
  type IntrospectionOutcome,
} from '../../../../gateway/admission/authenticators/introspection.ts'
import { introspection } from '../../../../gateway/config/introspection-settings.ts'
import { waitFor } from '../../../support/wait.ts'
import { introspectionServer } from './introspection-server.ts'

async function world(t: TestContext, more: object = {}) {
  const server = await introspectionServer(t)
  const outcomes: IntrospectionOutcome[] = []
  const failures: string[] = []
  const { url } = server
  const settings = { url, clientId: 'the gateway', clientSecret: 'päss:wörd+', ...more }
  const authenticator = createIntrospection({
    servers: [introspection.parse(settings)],
    maxTokenSize: 2_000,
    onAnswer: (outcome) => outcomes.push(outcome),
    onFailure: (host, failure) => failures.push(`${host} ${String(failure)}`),
  })
  const check = (token: string) => authenticator.authenticate({ kind: 'bearer', token })
  const claims = (token: string) => authenticator.claims({ kind: 'bearer', token })
  const active = (token: string, fields: object = {}) =>
    server.tokens.set(token, { active: true, sub: 'alice', exp: Date.now() / 1000 + 600, ...fields })
  return { server, outcomes, failures, check, claims, active }
}

test('the server is asked as RFC 7662 says, by a client that names itself', async (t) => {
  const { server, check, active } = await world(t)
  active('opaque+/=token')
  assert.equal((await check('opaque+/=token'))?.user, 'alice')
  const [{ form, headers } = { form: new URLSearchParams(), headers: {} }] = server.asked
  assert.deepEqual(Object.fromEntries(form), { token: 'opaque+/=token', token_type_hint: 'access_token' })
  assert.match(headers['content-type'] ?? '', /^application\/x-www-form-urlencoded/)
  const [, basic = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? []
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':')
  const decoded = [id, secret].map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
  assert.deepEqual(decoded, ['the gateway', 'päss:wörd+'])
})

test('an answer is kept; however many show the same token at a time, it is asked for once', async (t) => {
  const { server, outcomes, check, active } = await world(t)
  active('one')
  const users = await Promise.all(Array.from({ length: 50 }, () => check('one')))
  assert.ok(users.every((principal) => principal?.user === 'alice'))
  for (let n = 0; n < 50; n++) assert.ok(await check('one'))
  assert.equal(await check('none'), undefined)
  assert.equal(await check('none'), undefined)
  assert.equal(server.asked.length, 2)
  assert.deepEqual(new Set(outcomes), new Set(['active', 'kept', 'inactive']))
})

test('an answer is not kept beyond its time, and that of a token that ends not beyond that', async (t) => {
  const { server, check, active } = await world(t, { cacheFor: 20, rejectFor: 20, clockTolerance: 0 })
  active('taken-back')
  assert.ok(await check('taken-back'))
  server.tokens.clear()
  await waitFor(async () => (await check('taken-back')) === undefined)
  active('taken-back')
  await waitFor(() => check('taken-back'))

  const long = await world(t, { clockTolerance: 0 })
  long.active('short', { exp: Date.now() / 1000 + 0.3 })
  assert.ok(await long.check('short'))
  await waitFor(async () => (await long.check('short')) === undefined)
})

test('a token over the size limit, and an API key in the wrong place, are shown to nobody', async (t) => {
  const { server, claims } = await world(t)
  assert.equal(claims('x'.repeat(2_000)), true)
  assert.equal(claims('x'.repeat(2_001)), false)
  assert.equal(claims(`oc_${'0'.repeat(16)}_${'A'.repeat(43)}`), false)
  assert.equal(server.asked.length, 0)
})

test('a token is shown only to the server whose prefix it has', async (t) => {
  const [one, two] = [await introspectionServer(t), await introspectionServer(t)]
  const base = { clientId: 'g', clientSecret: 's' }
  const authenticator = createIntrospection({
    servers: [
      introspection.parse({ ...base, url: one.url, prefix: 'one_' }),
      introspection.parse({ ...base, url: two.url, prefix: 'two_', userClaim: 'username' }),
    ],
    maxTokenSize: 100,
    onAnswer: () => undefined,
    onFailure: () => undefined,
  })
  one.tokens.set('one_a', { active: true, sub: 'alice' })
  two.tokens.set('two_b', { active: true, username: 'bob' })
  const user = async (token: string) => (await authenticator.authenticate({ kind: 'bearer', token }))?.user
  assert.deepEqual(
    [await user('one_a'), await user('two_b'), await user('two_a')],
    ['alice', 'bob', undefined],
  )
  assert.equal(authenticator.claims({ kind: 'bearer', token: 'three_a' }), false)
  const shown = [one, two].map(({ asked }) => asked.map(({ form }) => form.get('token')))
  assert.deepEqual(shown, [['one_a'], ['two_b', 'two_a']])
})

for (const [what, answer] of [
  ['an error', 500],
  ['that we are not allowed to ask', 401],
  ['a redirect', 302],
  ['no JSON', 'active'],
  ['no word on the token', '{}'],
  ['more than 64 KiB', `{"active":true,"sub":"a","pad":"${'x'.repeat(65_536)}"}`],
] as const) {
  test(`a server that answers with ${what} says nothing of the token`, async (t) => {
    const { server, failures, check } = await world(t)
    server.answer = answer
    await assert.rejects(check('secret-token'))
    assert.equal(server.asked.length, 1)
    assert.equal(failures.length, 1)
    // Neither the token nor our secret gets into the log.
    assert.doesNotMatch(failures[0] ?? '', /secret-token|p%C3%A4ss|päss/)
  })
}

test('a server that is down is let be after some failures; known tokens go on; then it is tried again', async (t) => {
  const { server, outcomes, check, active } = await world(t, { failures: 3, pause: 100 })
  active('known')
  active('later')
  assert.ok(await check('known'))
  server.answer = 503
  for (let n = 0; n < 3; n++) await assert.rejects(check(`t${n}`))
  const since = server.asked.length
  for (let n = 0; n < 20; n++) await assert.rejects(check(`u${n}`), NotAsked)
  assert.equal(server.asked.length, since)
  assert.ok(await check('known'))
  server.answer = undefined
  await waitFor(() => check('later').catch(() => undefined))
  assert.equal(outcomes.filter((each) => each === 'failed').length, 3)
})

test('tokens that the server calls a bad request do not close it to others', async (t) => {
  const { server, check, active } = await world(t, { failures: 2 })
  active('good')
  server.answer = 400
  for (let n = 0; n < 6; n++) await assert.rejects(check(`bad${n}`), /answered 400/)
  server.answer = undefined
  assert.ok(await check('good'))
})

test('a server that does not answer is waited for no longer than its time, and by no more than allowed', async (t) => {
  const { server, check } = await world(t, { timeout: 100, maxPending: 2 })
  const silent = Promise.withResolvers<void>()
  server.pause = silent.promise
  const [first, second] = [assert.rejects(check('a')), assert.rejects(check('b'))]
  await assert.rejects(check('c'), NotAsked)
  await Promise.all([first, second])
  silent.resolve()
})

test('a flood of made-up tokens does not push out those that are active', async (t) => {
  const { server, check, active } = await world(t, { cacheSize: 8_192, rejectFor: '1m' })
  active('real')
  assert.ok(await check('real'))
  for (let n = 0; n < 200; n++) assert.equal(await check(`made-up-${n}`), undefined)
  const before = server.asked.length
  assert.ok(await check('real'))
  assert.equal(server.asked.length, before)
})
