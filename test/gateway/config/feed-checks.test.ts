// Feeds in a configuration: what is right, and what is said of what is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../gateway/config/load.ts'

const load = (feeds: object) =>
  loadConfig({
    env: {},
    overrides: {
      session: { secrets: ['a secret of the tests only'] },
      auth: { anonymous: true },
      feeds,
    } as never,
  })

function problems(feeds: object): string[] {
  const loaded = load(feeds)
  return loaded.ok ? [] : loaded.problems.map(({ path, message }) => `${path}: ${message}`)
}

test('feeds have defaults, and may read what the gateway says of sessions', () => {
  const loaded = load({
    prices: { topic: 'market.prices', to: 'channel:ticker:{key}' },
    mine: { topic: 'openclaw.events', to: 'user:{value.user}', tenant: 'acme', framing: 'confluent' },
    teams: { topic: 'teams', to: 'header', targets: ['user'] },
  })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  assert.deepEqual(loaded.config.feeds['prices'], {
    topic: 'market.prices',
    to: 'channel:ticker:{key}',
    framing: 'none',
    targets: ['session', 'user', 'channel', 'everyone'],
  })
})

test('targets that are none, topics of the gateway and settings that never count are said', () => {
  assert.deepEqual(
    problems({
      a: { topic: 'a', to: 'ticker:{key}' },
      b: { topic: 'b', to: 'user:{keys}' },
      c: { topic: 'openclaw.quarantine', to: 'everyone' },
      d: { topic: 'openclaw.slot.3', to: 'everyone' },
      e: { topic: 'e', to: 'everyone', targets: ['user'] },
    }).map((each) => each.split(';')[0]),
    [
      'feeds.a.to: "ticker:{key}" is no target',
      'feeds.b.to: "user:{keys}": {keys} is none of {key}, {header:<name>} and {value.<field>}',
      "feeds.c.topic: openclaw.quarantine is the gateway's own (topics.quarantine)",
      "feeds.d.topic: openclaw.slot.3 is the gateway's own (topics.slot)",
      'feeds.e.targets: is for to: header only',
    ],
  )
})
