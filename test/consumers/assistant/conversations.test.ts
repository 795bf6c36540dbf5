// What is remembered of conversations, and how little when there are many.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Conversations } from '../../../consumers/assistant/conversations.ts'

test('a turn told twice stands there once, and only the newest are kept', () => {
  const conversations = new Conversations()
  const say = (conversation: string, n: number) =>
    conversations.add(conversation, String(n), { role: 'user', content: `text ${n}` })
  say('a', 1)
  say('a', 1)
  assert.equal(conversations.of('a').length, 1)
  for (let n = 2; n <= 60; n += 1) say('a', n)
  assert.equal(conversations.of('a').length, 40)
  assert.equal(conversations.of('a').at(-1)?.content, 'text 60')
  for (let n = 0; n < 1_000; n += 1) say(`other ${n}`, n)
  assert.deepEqual(conversations.of('a'), [])
  assert.equal(conversations.of('other 0').length, 1)
})
