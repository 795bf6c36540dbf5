// Names of new messages are those that buf takes, and none of this project's own packages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMessageName } from '../../../cli/schemas/message-name.ts'

test('a name says package, message and file', () => {
  assert.deepEqual(readMessageName('acme.chat.v1beta2.HTTPProxySeen2'), {
    full: 'acme.chat.v1beta2.HTTPProxySeen2',
    package: 'acme.chat.v1beta2',
    message: 'HTTPProxySeen2',
    path: 'acme/chat/v1beta2/http_proxy_seen2',
  })
})

test('what buf would refuse, or belongs to others, is refused with a sentence', () => {
  for (const [name, says] of [
    ['Typing', /ends in its version/],
    ['chat.Typing', /ends in its version/],
    ['v1.Typing', /ends in its version/],
    ['chat.v1.typing', /begins with a capital/],
    ['chat.v1.', /begins with a capital/],
    ['Chat.v1.Typing', /a-z 0-9 _/],
    ['../x.v1.Typing', /a-z 0-9 _/],
    ['openclaw.v1.Typing', /choose another package/],
    ['buf.validate.v1.Typing', /choose another package/],
    ['google.chat.v1.Typing', /choose another package/],
  ] as const) {
    const read = readMessageName(name)
    assert.ok(typeof read === 'string', name)
    assert.match(read, says)
  }
})
