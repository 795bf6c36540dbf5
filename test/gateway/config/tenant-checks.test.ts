// Tenants in a configuration: topics of their own that are nobody else's, replies that somebody reads, feeds that do not cross over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../gateway/config/load.ts'
import { wantedTopics } from '../../../gateway/config/topics.ts'

const load = (overrides: object) =>
  loadConfig({
    env: {},
    overrides: {
      session: { secrets: ['a secret of the tests only'] },
      auth: { anonymous: true },
      routes: { chat: { topic: 'chat.in' }, 'acme-chat': { topic: 'acme.chat' } },
      ...overrides,
    } as never,
  })

function problems(overrides: object): string[] {
  const loaded = load(overrides)
  return loaded.ok ? [] : loaded.problems.map(({ path, message }) => `${path}: ${message}`)
}

test('topics of tenants and topics for their replies are planned', () => {
  const loaded = load({
    tenants: { acme: { topicPrefix: 'a.', replyTo: 'a.replies' }, '': { quotas: { connections: 3 } } },
    feeds: { acme: { topic: 'a.replies', to: 'header', tenant: 'acme', targets: ['session'] } },
  })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const purposes = wantedTopics(loaded.config).map(({ name, purpose }) => `${name}: ${purpose}`)
  for (const wanted of [
    'chat.in: route chat',
    'a.chat.in: route chat of acme',
    'a.acme.chat: route acme-chat of acme',
    'a.replies: replies of acme',
  ])
    assert.ok(purposes.includes(wanted), `${wanted} in ${purposes.slice(0, 8).join()}`)
  assert.deepEqual(loaded.config.tenants[''], { quotas: { connections: 3 } })
})

test('a prefix must not lead into topics of the gateway, of all tenants, or of another one', () => {
  const channels = { 'room:{room}': { topic: 'rooms.chat.in' } }
  assert.deepEqual(
    problems({
      channels,
      topics: { dispatch: 'own.chat.in' },
      tenants: {
        own: { topicPrefix: 'own.' },
        rooms: { topicPrefix: 'rooms.' },
        long: { topicPrefix: 'x'.repeat(245) },
        one: { topicPrefix: 'same.' },
        two: { topicPrefix: 'same.' },
      },
    }),
    [
      "tenants.own.topicPrefix: makes own.chat.in of routes.chat, which is the gateway's own (topics.dispatch)",
      "tenants.rooms.topicPrefix: makes rooms.chat.in of routes.chat, which is the gateway's own (a channel topic)",
      'tenants.long.topicPrefix: makes a topic of more than 249 characters of routes.chat',
      'tenants.one.topicPrefix: makes same.chat.in of routes.chat, as tenants.two makes of routes.chat',
      'tenants.two.topicPrefix: makes same.chat.in of routes.chat, as tenants.one makes of routes.chat',
    ],
  )
  assert.deepEqual(
    problems({
      routes: { a: { topic: 'x' }, b: { topic: 'acme.x' } },
      tenants: { acme: { topicPrefix: 'acme.' } },
    }),
    ['tenants.acme.topicPrefix: makes acme.x of routes.a, which routes.b has for all tenants'],
  )
  // The end of one prefix may be the beginning of a topic: a.b.c is a.b. with c, and a. with b.c.
  assert.deepEqual(
    problems({
      routes: { c: { topic: 'c' }, bc: { topic: 'b.c' } },
      tenants: { one: { topicPrefix: 'a.b.' }, two: { topicPrefix: 'a.' } },
    }),
    [
      'tenants.one.topicPrefix: makes a.b.c of routes.c, as tenants.two makes of routes.bc',
      'tenants.two.topicPrefix: makes a.b.c of routes.bc, as tenants.one makes of routes.c',
    ],
  )
})

test('replies need a feed of the same tenant that may reach sessions', () => {
  const tenants = { acme: { replyTo: 'a.replies' } }
  const feed = { topic: 'a.replies', to: 'header', tenant: 'acme', targets: ['session'] }
  assert.deepEqual(problems({ tenants, feeds: { a: feed } }), [])
  for (const other of [
    { ...feed, tenant: 'other' },
    { ...feed, targets: ['user'] },
    { ...feed, topic: 'b' },
  ])
    assert.deepEqual(problems({ tenants, feeds: { a: other } }), [
      'tenants.acme.replyTo: no feed brings replies from a.replies; add one: { topic: a.replies, to: header, tenant: "acme", targets: [session] }',
    ])
})

test('a feed of one tenant must not read what clients of others write', () => {
  const tenants = { acme: { topicPrefix: 'a.' } }
  const feed = (topic: string, tenant: string | undefined, to = 'channel:x:{key}') =>
    problems({ tenants, feeds: { f: { topic, to, ...(tenant === undefined ? {} : { tenant }) } } })
  assert.deepEqual(feed('chat.in', 'acme'), [
    'feeds.f.topic: clients of any tenant write chat.in (routes.chat), and this feed would show it to the tenant "acme"',
  ])
  assert.deepEqual(feed('a.chat.in', 'other', 'header'), [
    'feeds.f.topic: clients of the tenant "acme" write a.chat.in (routes.chat), and this feed would show it to the tenant "other"',
  ])
  assert.deepEqual(feed('a.chat.in', undefined), [
    'feeds.f.topic: clients of the tenant "acme" write a.chat.in (routes.chat), and this feed would show it to the empty tenant',
  ])
  assert.deepEqual(feed('a.chat.in', 'acme'), [])
  assert.deepEqual(feed('chat.in', undefined, 'header'), [])
  assert.deepEqual(problems({ feeds: { f: { topic: 'chat.in', to: 'channel:x:{key}' } } }), [])
})

test('a name that no tenant can have is said', () => {
  assert.match(problems({ tenants: { 'a\nb': {} } }).join(), /name of a tenant has up to 256 bytes/)
  assert.match(problems({ tenants: { acme: { topicPrefix: 'a/b' } } }).join(), /a topic name is/)
})

test('rules of the door are checked like others', () => {
  assert.deepEqual(problems({ auth: { anonymous: true, allow: "path == '/a' && subprotocol != ''" } }), [])
  assert.match(
    problems({ auth: { anonymous: true, allow: 'channel == 1' } }).join(),
    /there is no channel here; a rule may use principal, path, subprotocol/,
  )
  assert.match(
    problems({ routes: { a: { topic: 'a', allow: 'payload.x == 1' } } }).join(),
    /and payload where the section payload says what it is/,
  )
})
