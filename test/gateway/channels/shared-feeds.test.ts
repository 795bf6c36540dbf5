// Feeds for users and sessions: whom their records are for, and what is put aside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Feed } from '../../../gateway/channels/feed-record.ts'
import { createFeedDispatch, sharedFeeds } from '../../../gateway/channels/shared-feeds.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import { feedOf } from './feed-fixture.ts'

const incoming = (
  key: string | null,
  value: string,
  headers: Record<string, string> = {},
): IncomingRecord => ({
  topic: 'prices',
  partition: 1,
  offset: 7,
  timestamp: 1,
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
})

/** What a shared feed hands to dispatch, and what it puts aside. */
async function handled(feed: Feed, records: readonly IncomingRecord[]) {
  const dispatched: Record<string, string>[] = []
  const quarantined: string[] = []
  await createFeedDispatch(feed, {
    dispatch: async (given) => {
      for (const { headers, value } of given)
        dispatched.push({
          ...Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
          value: String(value),
        })
    },
    quarantine: async (_, { message }) => void quarantined.push(message),
    read: { maxTargets: 10, secrets: ['a secret of this test'] },
  })(records)
  return { dispatched, quarantined }
}

test('a shared feed says whom its records are for, whatever they say, and puts aside what does not fit', async () => {
  const feed = feedOf('user:{value.user}', { tenant: 'acme', type: 'order', contentType: 'application/json' })
  assert.deepEqual(sharedFeeds([feed, feedOf('channel:{key}'), feedOf('header')]).length, 2)
  const said = {
    ce_to: 'everyone',
    ce_tenant: 'other',
    ce_gateway: 'x',
    ce_command: 'close',
    ce_session: 's',
  }
  const { dispatched, quarantined } = await handled(feed, [
    incoming('k', '{"user":"bob"}', {
      ...said,
      ce_type: 'theirs',
      ce_id: '7',
      'x-a': 'b',
      'content-type': 'text/plain',
    }),
    incoming('k', '{"customer":"bob"}'),
  ])
  assert.deepEqual(dispatched, [
    {
      ce_to: 'user:bob',
      ce_tenant: 'acme',
      ce_type: 'order',
      ce_id: '7',
      'x-a': 'b',
      'content-type': 'application/json',
      ce_conflationkey: 'k',
      value: '{"user":"bob"}',
    },
  ])
  assert.deepEqual(quarantined, ['a part of its target is missing'])
})

test('a feed of records that address themselves lets them, within its tenant and its kinds of targets', async () => {
  const feed = feedOf('header', { tenant: 'acme', targets: ['user', 'session'] })
  const { dispatched, quarantined } = await handled(feed, [
    incoming(null, 'a', { ce_to: 'user:bob', ce_tenant: 'other', ce_receipt: 'written' }),
    incoming('user:carol', 'b'),
    incoming(null, 'c', { ce_to: 'user:bob,everyone' }),
    incoming(null, 'd'),
  ])
  assert.deepEqual(dispatched, [
    { ce_to: 'user:bob', ce_tenant: 'acme', ce_receipt: 'written', value: 'a' },
    { ce_tenant: 'acme', value: 'b' },
  ])
  assert.deepEqual(quarantined, [
    'this feed is not for everyone targets',
    'the record says neither ce_to nor ce_session',
  ])
})
