// Commands in records: which there are, whom they are for, and what is wrong with others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommand } from '../../../gateway/delivery/command.ts'
import { parseTargets } from '../../../gateway/delivery/targets.ts'

const read = (to: string, headers: Record<string, string>) =>
  readCommand(
    {
      topic: 't',
      partition: 0,
      offset: 0,
      timestamp: 0,
      key: null,
      value: null,
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    },
    parseTargets(to, 10) ?? [],
  )

test('close, subscribe and unsubscribe are commands; anything else is shown', () => {
  assert.deepEqual(read('user:alice', { ce_command: 'close' }), { command: 'close' })
  for (const command of ['subscribe', 'unsubscribe'])
    assert.deepEqual(read('user:alice,session:s', { ce_command: command, ce_channel: 'room:7' }), {
      command,
      channel: 'room:7',
    })
  assert.equal(read('user:alice', { ce_command: 'reboot' }), undefined)
  assert.equal(read('user:alice', { ce_channel: 'room:7' }), undefined)
})

test('a command is for sessions and users, and about a channel that could be one', () => {
  const problem = (to: string, headers: Record<string, string>): string => {
    const answer = read(to, headers)
    return typeof answer === 'string' ? answer : 'none'
  }
  for (const command of ['close', 'subscribe'])
    for (const to of ['everyone', 'channel:x', 'user:alice,everyone'])
      assert.match(problem(to, { ce_command: command, ce_channel: 'c' }), /for sessions and users only/)
  for (const channel of ['', 'a\nb', 'x'.repeat(257)])
    assert.match(problem('user:a', { ce_command: 'subscribe', ce_channel: channel }), /that ce_channel names/)
  assert.match(problem('user:a', { ce_command: 'unsubscribe' }), /that ce_channel names/)
})
