// Two tenants with channels of the same names: no name and no question leads from one to the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '../support/client.ts'
import { answerTo, besides } from '../support/tenants.ts'

/** Names that might be taken for the room:1 of another tenant, by some code that joins, splits or decodes. */
const lookalikes: readonly string[] = [
  'room:1',
  'acme:room:1',
  'acme/room:1',
  '/acme/room:1',
  '../acme/room:1',
  'acme\\room:1',
  'acme%2Froom:1',
  'acme%3Aroom%3A1',
  'room%3A1',
  'room:1%00acme',
  'room:1#acme',
  'room:1@acme',
  'room:1,channel:room:1',
  'room:1%2Cchannel:room:1',
  '{acme}room:1',
  'channel:room:1',
  '["acme","room:1"]',
  'room:1\u200b',
  'room:\uff11',
  'room\uff1a1',
  'r\u03bfom:1',
  'ro\u043em:1',
  'ROOM:1',
  'room:1\u0301',
  '__proto__',
  'constructor',
  '*',
  '#',
  'room:+',
]
const refusedNames: readonly string[] = [
  'room:1 ',
  ' room:1',
  'room:1\u0000',
  'room:1\nacme',
  '\tacme\troom:1',
  '\ud800room:1',
]

test('channel names lead nowhere but to channels of one’s own tenant', async (t) => {
  const { victim, evil, cameTo, write, topics } = await besides(t)
  for (const channel of lookalikes) {
    await t.test(`subscribed to ${JSON.stringify(channel)}`, async () =>
      assert.equal(await answerTo(evil, { subscribe: { channel, last: 5 } }), 'subscribed'),
    )
    await t.test(`published to ${JSON.stringify(channel)}`, async () =>
      assert.equal(await answerTo(evil, { publish: { channel, payload: 'crossing' } }), 'ack'),
    )
  }
  for (const channel of refusedNames)
    for (const frame of [
      { subscribe: { channel } },
      { publish: { channel, payload: 1 } },
      { members: { channel } },
    ])
      await t.test(`refused: ${JSON.stringify(frame)}`, async () =>
        assert.equal(await answerTo(evil, frame), 'invalid-frame'),
      )
  await t.test('nothing of it reaches the other tenant', async () =>
    assert.deepEqual(await cameTo(victim), []),
  )
  await t.test('and nothing of the other tenant comes, from its clients or its backends', async () => {
    assert.equal(await answerTo(victim, { publish: { channel: 'room:1', payload: 'private' } }), 'ack')
    await write(topics.channels, { ce_tenant: 'acme', ce_to: 'channel:room:1' }, '"private"')
    const came = await cameTo(evil)
    assert.ok(came.length > 0 && came.every(({ payload }) => payload === 'crossing'), JSON.stringify(came))
    assert.deepEqual(
      (await cameTo(victim)).map(({ payload }) => payload),
      ['private', 'private'],
    )
  })
})

test('members of a channel are those of one’s own tenant', async (t) => {
  const { victim, evil, member, cameTo } = await besides(t)
  const users = ({ members }: Frame) => (members as { user: string }[]).map(({ user }) => user)
  const bob = await member('acme', { user: 'bob' })
  assert.equal(await answerTo(bob, { subscribe: { channel: 'room:1' } }), 'subscribed')
  assert.deepEqual(((await victim.next('joined'))['member'] as { user: string }).user, 'bob')
  assert.equal(await answerTo(evil, { subscribe: { channel: 'room:1', members: true } }), 'subscribed')
  evil.send({ members: { id: 'm', channel: 'room:1' } })
  assert.deepEqual(users(await evil.next('members', ({ id }) => id === 'm')), ['alice'])
  victim.send({ members: { id: 'm', channel: 'room:1' } })
  assert.deepEqual(users(await victim.next('members', ({ id }) => id === 'm')), ['alice', 'bob'])
  assert.equal(await answerTo(evil, { unsubscribe: { channel: 'room:1' } }), 'unsubscribed')
  assert.deepEqual(await cameTo(victim), [])
  const told = evil.frames.filter(({ kind }) => kind === 'joined' || kind === 'left')
  assert.ok(
    told.every(({ member: who }) => (who as { user: string }).user === 'alice'),
    JSON.stringify(told),
  )
})
