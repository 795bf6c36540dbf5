// contradictions about channels and rules: what can never be right or never count is found before anything starts.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { contradictions } from '../../../gateway/config/checks.ts'
import { pathText } from '../../../gateway/config/fields.ts'
import { settings } from '../../../gateway/config/settings.ts'

const base = { session: { secrets: ['0123456789abcdef'] }, auth: { anonymous: true } }

const found = (given: object): readonly string[] =>
  contradictions(settings.parse({ ...base, ...given }), tmpdir()).map(
    ({ path, message }) => `${pathText(path)}: ${message}`,
  )

test('a rule that can never be right is found, with its setting and what CEL has against it', () => {
  assert.deepEqual(
    found({
      routes: { chat: { topic: 'chat.in', allow: "'member' in principal.rols" } },
      channels: {
        'room:{room}': { subscribe: 'rom in principal.claims.rooms' },
        'news:{topic}': { subscribe: 'topic' },
      },
    }),
    [
      `routes.chat.allow: got "'member' in principal.rols"; principal has no rols; it has user, tenant, claims, roles, scopes`,
      'channels.room:{room}.subscribe: got "rom in principal.claims.rooms"; there is no rom here; a rule may use principal, channel, room',
      'channels.news:{topic}.subscribe: got "topic"; it gives a value of type string, and has to give true or false',
    ],
  )
  assert.match(
    found({ channels: { 'room:{room}': { publish: "room == 'a' &&" } } })[0] ?? '',
    /^channels\.room:\{room\}\.publish: got "room == 'a' &&"; at 1:\d+ found/,
  )
  assert.deepEqual(
    found({
      routes: { chat: { topic: 'chat.in', allow: "type == 'x' && 'member' in principal.roles" } },
      channels: { 'room:{room}': { subscribe: "room in principal.claims.rooms && channel != ''" } },
    }),
    [],
  )
})

test('a pattern is one, and takes names that no earlier pattern takes', () => {
  assert.match(found({ channels: { 'room:{room': {} } })[0] ?? '', /^channels\.room:\{room: "room:\{room": /)
  assert.deepEqual(
    found({ channels: { '{all*}': {}, 'room:{room}': {}, news: {} } }).map((each) => each.split(': ')[0]),
    ['channels.room:{room}', 'channels.news'],
  )
  const useless = found({ channels: { 'room:{room}': {}, 'room:admin': {} } })
  assert.deepEqual(useless, [
    'channels.room:admin: every name that fits it fits "room:{room}", which comes first; this one would never count',
  ])
  assert.deepEqual(found({ channels: { 'room:admin': {}, 'room:{room}': {}, '{all*}': {} } }), [])
  assert.deepEqual(
    found({ channels: { 'room:{room}': {}, 'room:{room}:{seat}': {}, 'room:{all*}': {} } }),
    [],
  )
  assert.deepEqual(found({ channels: { 'a{x}-b': {}, 'a{x}': {} } }), [])
})

test('a channel has a topic of its own, or that of all channels, and no route leads there', () => {
  const channel = (topic: string) => ({ channels: { 'room:{room}': { topic } } })
  assert.deepEqual(found(channel('openclaw.dispatch')), [
    "channels.room:{room}.topic: openclaw.dispatch is the gateway's own (topics.dispatch); a channel needs another",
  ])
  assert.equal(found(channel('openclaw.slot.3')).length, 1)
  assert.deepEqual(found(channel('openclaw.channels')), [])
  assert.deepEqual(found({ ...channel('rooms'), routes: { r: { topic: 'rooms' } } }), [
    "routes.r.topic: rooms is the gateway's own (channels.room:{room}.topic); clients must not write it",
  ])
})

test('a channel for anonymous principals needs them to be let in', () => {
  const given = { channels: { 'news:{topic}': { anonymous: true } } }
  assert.deepEqual(found({ ...given, auth: {}, development: true }), [
    'channels.news:{topic}.anonymous: needs auth.anonymous: true, else nobody comes in without a credential',
  ])
  assert.deepEqual(found(given), [])
})
