// What records of a channel topic are as messages: for whom, what is shown of them, and what nobody can read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReadChannel } from '../../../gateway/channels/read-channel.ts'
import { isUnreadable, readDelivery } from '../../../gateway/delivery/delivery.ts'
import { toForward } from '../../../gateway/delivery/forward.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { fakeSession, incoming, readAgain } from '../fakes.ts'

const secret = 'a secret of this test'
const now = 1_700_000_000_000

function read(record: IncomingRecord, wanted: readonly string[] = ['a']) {
  const unreadable: string[] = []
  const asked: string[] = []
  const readChannel = createReadChannel(
    {
      maxTargets: 3,
      secrets: [secret],
      maxSize: 100,
      onUnreadable: ({ message }) => void unreadable.push(message),
    },
    () => now,
  )
  const messages = readChannel(
    record,
    (tenant, channel) => {
      asked.push(`${tenant}/${channel}`)
      return wanted.includes(channel)
    },
    () => 1,
  )
  return { messages, unreadable, asked }
}

test('who sent it is the user that a gateway or a backend names, never the session of the record', () => {
  const { id } = fakeSession()
  const [message] = read(
    incoming({
      ce_to: 'channel:a',
      ce_session: id,
      ce_subject: 'bob',
      ce_request: 'r-1',
      ce_replyto: 'openclaw.slot.0',
      ce_conflationkey: 'k',
      ce_except: `session:${id}`,
    }),
  ).messages
  assert.equal(message?.message.sender, 'bob')
  assert.deepEqual([message?.conflationKey, message?.except], ['k', id])
  assert.equal(read(incoming({ ce_to: 'channel:a', ce_session: id })).messages[0]?.message.sender, undefined)
})

test('a list is read for the channels that somebody wants, each once', () => {
  const { messages } = read(incoming({ ce_to: 'channel:a, channel:b,channel:c', ce_tenant: 'acme' }), [
    'a',
    'c',
  ])
  assert.deepEqual(
    messages.map(({ tenant, channel, message }) => [tenant, channel, message.channel]),
    [
      ['acme', 'a', 'a'],
      ['acme', 'c', 'c'],
    ],
  )
})

test('names with a comma are written with %2C', () => {
  assert.equal(read(incoming({ ce_to: 'channel:a%2Cb' }), ['a,b']).messages[0]?.channel, 'a,b')
})

test('what nobody wants is not read, however wrong it is', () => {
  const { messages, unreadable, asked } = read(
    incoming({ ce_to: 'channel:z', ce_tenant: 'acme', ce_expirytime: 'soon', ce_gateway: 'forged' }),
  )
  assert.deepEqual([messages, unreadable, asked], [[], [], ['acme/z']])
})

for (const [what, record] of [
  ['one for a session', incoming({ ce_to: `session:${fakeSession().id}` })],
  ['one for a user beside a channel', incoming({ ce_to: 'channel:a,user:bob' })],
  ['one that answers a session', incoming({ ce_session: fakeSession().id })],
  ['one for nobody', incoming({})],
  ['one with a mark that is not ours', incoming({ ce_to: 'channel:a', ce_gateway: 'forged' })],
  ['one with too many targets', incoming({ ce_to: 'channel:a,channel:b,channel:c,channel:d' })],
  ['one whose expiry is no time', incoming({ ce_to: 'channel:a', ce_expirytime: 'soon' })],
  [
    'one that begins as an event and is none',
    incoming({ 'content-type': 'application/cloudevents+json' }, '[]'),
  ],
] as const)
  test(`${what} is said to be unreadable`, () => {
    const { messages, unreadable } = read(record)
    assert.deepEqual([messages.length, unreadable.length], [0, 1])
  })

test('what is too old or too large is shown to nobody, and is no fault of the record', () => {
  for (const record of [
    incoming({ ce_to: 'channel:a', ce_expirytime: new Date(now - 1).toISOString() }),
    incoming({ ce_to: 'channel:a' }, 'x'.repeat(101)),
  ]) {
    const { messages, unreadable } = read(record)
    assert.deepEqual([messages, unreadable], [[], []])
  }
})

test('what dispatch sent on is a message as any other', () => {
  const from = incoming({ ce_to: 'channel:a', ce_tenant: 'acme', ce_subject: 'bob' }, '1', {
    topic: 'dispatch',
  })
  const delivery = readDelivery(from, { from: 'dispatch', maxTargets: 3, secrets: [secret] })
  assert.ok(!isUnreadable(delivery))
  const forward = toForward(from, delivery, { kind: 'channel', channel: 'a' }, 'channels', secret)
  const { messages, unreadable } = read(readAgain(forward))
  assert.deepEqual(unreadable, [])
  assert.deepEqual([messages[0]?.tenant, messages[0]?.message.sender], ['acme', 'bob'])
})

test('an event in its JSON form is opened', () => {
  const event = {
    specversion: '1.0',
    id: '1',
    source: '/s',
    type: 't',
    to: 'channel:a',
    subject: 'bob',
    data: { n: 1 },
  }
  const { messages } = read(
    incoming({ 'content-type': 'application/cloudevents+json' }, JSON.stringify(event)),
  )
  assert.equal(messages[0]?.channel, 'a')
  assert.equal(messages[0]?.message.sender, 'bob')
})
