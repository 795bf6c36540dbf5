// channelRules: the channels of a configuration as rules that can be asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChannelRule, ruleOf } from '../../../gateway/channels/rules.ts'
import { channelRules } from '../../../gateway/compose/channel-rules.ts'
import { settings } from '../../../gateway/config/settings.ts'
import { anonymous, type Principal } from '../../../gateway/session/principal.ts'
import { fakeConnection } from '../fake-connection.ts'
import { alice, fakeSession } from '../fakes.ts'

const failures: string[] = []
const rules = channelRules(
  settings.parse({
    session: { secrets: ['0123456789abcdef'] },
    channels: {
      'room:lobby': { subscribe: true, anonymous: true, history: 0 },
      'room:{room}': {
        subscribe: "room in principal.claims.rooms && channel == 'room:' + room",
        publish: true,
      },
      'tick:{name}': { topic: 'ticks', whenSlow: 'conflate', members: true },
    },
  }),
  (...failure) => failures.push(failure.join(': ')),
)

const asked = (channel: string, principal: Principal): readonly (boolean | undefined)[] => {
  const { rule, captures } = ruleOf(rules, channel) ?? {}
  const { connection } = fakeConnection({ session: fakeSession({ principal }) })
  const ask = (may: keyof Pick<ChannelRule, 'maySubscribe' | 'mayPublish'>) =>
    captures && rule?.[may](connection, channel, captures)
  return [ask('maySubscribe'), ask('mayPublish')]
}

test('the first pattern that fits counts, and its rules see the names in it and the channel', () => {
  const member = { ...alice, claims: { rooms: ['blue'] } }
  assert.deepEqual(asked('room:blue', member), [true, true])
  assert.deepEqual(asked('room:red', member), [false, true])
  assert.deepEqual(asked('room:lobby', member), [true, false])
  assert.deepEqual(asked('tick:x', member), [false, false])
  assert.deepEqual(asked('elsewhere', member), [undefined, undefined])
})

test('an anonymous principal is taken only where the channel says so, whatever its rule', () => {
  assert.deepEqual(asked('room:lobby', anonymous), [true, false])
  assert.deepEqual(asked('room:blue', anonymous), [false, false])
})

test('a rule that fails says no, and its setting is told', () => {
  failures.length = 0
  assert.deepEqual(asked('room:blue', alice), [false, true])
  assert.deepEqual(failures, ['channels.room:{room}.subscribe: field not found: rooms'])
})

test('who has no principal yet may nothing', () => {
  const { connection } = fakeConnection()
  assert.deepEqual(
    rules.map((rule) => rule.maySubscribe(connection, 'room:lobby', {})),
    [false, false, false],
  )
})

test('topic, history and what happens to slow readers are as configured', () => {
  assert.deepEqual(
    rules.map(({ topic, historyMs, whenSlow, members }) => [topic, historyMs, whenSlow, members]),
    [
      ['openclaw.channels', 0, 'disconnect', false],
      ['openclaw.channels', 120_000, 'disconnect', false],
      ['ticks', 120_000, 'conflate', true],
    ],
  )
})
