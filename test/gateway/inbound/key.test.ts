// What keeps a frame's order: the client's own key, or what the route says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes as settings } from '../../../gateway/config/route-settings.ts'
import { keyOf } from '../../../gateway/inbound/key.ts'
import { compileRoutes, type Route } from '../../../gateway/inbound/routes.ts'
import { fakeSession } from '../fakes.ts'

const route = (key: string): Route =>
  compileRoutes(settings.parse({ r: { topic: 't', key } })).pick({ route: 'r' }, '/') as Route
const session = fakeSession({ id: 'the session' })
const stranger = fakeSession({ id: 'the session', principal: { tenant: '', claims: {} } })
const none = Buffer.alloc(0)

test('the user, the session, or the session of who is nobody', () => {
  assert.deepEqual(keyOf(route('user'), session, undefined, none), { key: 'alice' })
  assert.deepEqual(keyOf(route('user'), stranger, undefined, none), { key: 'the session' })
  assert.deepEqual(keyOf(route('session'), session, undefined, none), { key: 'the session' })
})

test('the key that a client gave wins', () => {
  assert.deepEqual(keyOf(route('payload.room'), session, 'mine', none), { key: 'mine' })
})

for (const [payload, key] of [
  ['{"room":"blue"}', 'blue'],
  ['{"room":7}', '7'],
  ['{"room":7.0}', '7'],
  ['{"room":-0.50}', '-0.50'],
  ['{"room":9007199254740993}', '9007199254740993'],
  ['{"room":1e400}', '1e400'],
  ['{"room":false}', 'false'],
  ['{"room":""}', ''],
  ['{"room":"a","room":"b"}', 'b'],
  ['{"__proto__":{"room":"x"},"room":"y"}', 'y'],
] as const) {
  test(`the field of ${payload} is "${key}"`, () => {
    assert.deepEqual(keyOf(route('payload.room'), session, undefined, Buffer.from(payload)), { key })
  })
}

test('a field may lie deeper', () => {
  const payload = Buffer.from('{"a":{"b-c":{"d":"x"}}}')
  assert.deepEqual(keyOf(route('payload.a.b-c.d'), session, undefined, payload), { key: 'x' })
})

for (const payload of [
  '{}',
  '{"room":null}',
  '{"room":["a"]}',
  '{"room":{"a":1}}',
  '"room"',
  'null',
  'no JSON',
  '',
  `{"room":"${'x'.repeat(513)}"}`,
  `{"x":${'['.repeat(30_000)}${']'.repeat(30_000)},"room":[1.5]}`,
]) {
  test(`${payload.slice(0, 20)} has no key: refused, naming the field`, () => {
    const refused = keyOf(route('payload.room'), session, undefined, Buffer.from(payload))
    assert.ok('code' in refused)
    assert.deepEqual([refused.code, refused.violations?.[0]?.field], ['invalid-payload', 'payload.room'])
  })
}

test('names that every object inherits are no fields', () => {
  assert.ok('code' in keyOf(route('payload.constructor.name'), session, undefined, Buffer.from('{}')))
})
