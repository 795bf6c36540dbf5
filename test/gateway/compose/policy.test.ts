// allowances: what a principal may do, as a node would say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, allowances } from '../../../gateway/compose/policy.ts'
import { loadConfig } from '../../../gateway/config/load.ts'
import { anonymous, type Principal } from '../../../gateway/session/principal.ts'

const loaded = loadConfig({
  env: {},
  overrides: {
    session: { secrets: ['a secret of the tests only'] },
    auth: {
      anonymous: true,
      allow: "path != '/admin' || 'admin' in principal.roles",
      unknownTenants: 'deny',
    },
    tenants: { acme: {}, '': {} },
    routes: {
      echo: { topic: 'echo' },
      open: { topic: 'open', anonymous: true },
      chat: { topic: 'chat', allow: "'member' in principal.roles && type != 'admin'" },
    },
    channels: {
      lobby: { subscribe: true, anonymous: true, publish: "channel == 'lobby'" },
      'room:{room}': { subscribe: 'room in principal.claims.rooms', publish: true },
    },
    feeds: { prices: { topic: 'prices', to: 'channel:room:{key}', tenant: 'acme' } },
  } as never,
})
assert.ok(loaded.ok, JSON.stringify(loaded))
const { config } = loaded

const alice: Principal = { tenant: 'acme', user: 'alice', claims: { roles: ['member'], rooms: ['1'] } }
const told = (principal: Principal, asked: Asked = {}) =>
  allowances(config, principal, { path: '/', ...asked }).map(({ to, name, verdict }) =>
    [to, name, verdict].join(' '),
  )
const why = (principal: Principal, asked: Asked) => allowances(config, principal, asked).at(-1)?.why

test('everything at once, with what is not known left open', () => {
  assert.deepEqual(told(alice), [
    'connect  yes',
    'send echo yes',
    'send open yes',
    'send chat depends',
    'subscribe lobby yes',
    'publish lobby yes',
    'subscribe room:{room} depends',
    'publish room:{room} yes',
  ])
})

test('anonymous principals only where that is said', () => {
  assert.deepEqual(told(anonymous), [
    'connect  yes',
    'send echo no',
    'send open yes',
    'send chat no',
    'subscribe lobby yes',
    'publish lobby yes',
    'subscribe room:{room} no',
    'publish room:{room} no',
  ])
})

test('one target, with what is known of it', () => {
  assert.deepEqual(told(alice, { route: 'chat' }), ['connect  yes', 'send chat yes'])
  assert.deepEqual(told(alice, { route: 'chat', type: 'admin' }), ['connect  yes', 'send chat no'])
  assert.deepEqual(told(alice, { channel: 'room:1' }).slice(1), ['subscribe room:1 yes', 'publish room:1 no'])
  assert.deepEqual(told(alice, { channel: 'room:2' })[1], 'subscribe room:2 no')
  assert.equal(why(alice, { channel: 'room:1' }), 'its messages come from the feed prices alone')
  assert.equal(why({ ...alice, tenant: '' }, { channel: 'room:1' }), 'open to all who may come in')
})

test('what is not there is a no, in words', () => {
  assert.equal(why(alice, { route: '__proto__' }), 'there is no such route')
  assert.equal(why(alice, { channel: 'nowhere' }), 'no channel pattern fits it')
  assert.equal(why(alice, { channel: ' lobby' }), "a channel's name neither begins nor ends with white space")
  assert.equal(
    allowances(config, { ...alice, claims: {} }, { channel: 'room:1' })[1]?.why,
    'the rule fails, which says no: there is no "rooms"',
  )
})

test('tenants that nobody knows and paths that are not for all', () => {
  assert.match(allowances(config, { ...alice, tenant: 'evil' }, {})[0]?.why ?? '', /tenants has no "evil"/)
  assert.equal(told(alice, { path: '/admin' })[0], 'connect  no')
  assert.equal(allowances(config, alice, {})[0]?.why, 'it depends on path')
})
