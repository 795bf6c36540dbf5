// Member records are read where a gateway of this cluster wrote them for this very topic, and nowhere else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemberChanges } from '../../../gateway/channels/member-changes.ts'
import { readMemberRecord, type Told, toMemberRecord } from '../../../gateway/channels/member-records.ts'
import { createReadChannel } from '../../../gateway/channels/read-channel.ts'
import type { IncomingRecord } from '../../../gateway/delivery/ports.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'

const secrets = ['the current secret of this test', 'the one before']

const told: Told = {
  change: 'joined',
  tenant: 'acme',
  channel: 'room:7, 50%',
  user: 'alice',
  sessions: 1,
  info: 'red team',
  version: 1_763_900_000_000_000,
}

const incoming = ({ topic, key, value, headers }: OutgoingRecord): IncomingRecord => ({
  topic,
  partition: 0,
  offset: 3,
  timestamp: 1_763_900_000_000,
  key: key === null ? null : Buffer.from(key),
  value,
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
})

test('what was written is read, under a previous secret too', () => {
  for (const secret of secrets) {
    const record = incoming(toMemberRecord(told, 'chat', secret))
    assert.deepEqual(readMemberRecord(record, secrets), told)
    assert.equal(String(record.headers['ce_to']), 'channel:room:7%2C 50%25')
  }
})

test('nothing else is: not from another topic, nor changed, nor without a mark', () => {
  const record = incoming(toMemberRecord(told, 'chat', secrets[0] ?? ''))
  const bare = { ...record, headers: { ...record.headers, ce_gateway: undefined } }
  const changed = Buffer.from(String(record.value).replace('alice', 'mallory'))
  for (const other of [
    { ...record, topic: 'other' },
    { ...record, value: changed },
    { ...record, value: null },
    bare,
    { ...record, headers: { ...record.headers, ce_type: Buffer.from('message') } },
    incoming(toMemberRecord(told, 'chat', 'a secret of somebody else')),
  ])
    assert.equal(readMemberRecord(other, secrets), undefined)
})

test('it is no message of the channel, and one that is not genuine is said to be unreadable', () => {
  const unreadable: string[] = []
  const read = createReadChannel({
    maxTargets: 10,
    secrets,
    maxSize: 1_000,
    onUnreadable: ({ message }) => void unreadable.push(message),
  })
  const record = incoming(toMemberRecord(told, 'chat', secrets[0] ?? ''))
  assert.deepEqual(
    read(
      record,
      () => true,
      () => 0,
    ),
    [],
  )
  assert.deepEqual(unreadable, [])
  read(
    { ...record, topic: 'other' },
    () => true,
    () => 0,
  )
  assert.deepEqual(unreadable, ['ce_gateway is not a mark of this cluster'])
})

test('what is older than what was shown is not news, nor is the same again', () => {
  const changes = new MemberChanges()
  const said = (change: Told['change'], version: number, user = 'alice') =>
    changes.isNews({ ...told, change, version, user })
  assert.deepEqual(
    [
      said('joined', 2),
      said('left', 1),
      said('joined', 3),
      said('left', 4),
      said('left', 4),
      said('left', 5),
    ],
    [true, false, false, true, false, false],
  )
  for (let n = 0; n < 1_000; n++) said('joined', 1, `u${n}`)
  assert.equal(said('left', 1), true, 'only so many are remembered')
})
