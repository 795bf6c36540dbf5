// What backends address to users, sessions and everyone becomes one record for each slot that is concerned.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDispatch } from '../../../gateway/delivery/dispatch.ts'
import type { FoundSession } from '../../../gateway/delivery/ports.ts'
import type { Resolver } from '../../../gateway/delivery/resolve.ts'
import type { Surely } from '../../../gateway/delivery/surely.ts'
import type { OutgoingRecord } from '../../../gateway/inbound/ports.ts'
import { incoming, quietEvents } from '../fakes.ts'

const [a, b, c] = ['A', 'B', 'C'].map((letter) => letter.repeat(22)) as [string, string, string]
const found = { user: 'alice', epoch: 1, generation: 1, live: true, detachedMs: 0 }
const entries: readonly FoundSession[] = [
  { ...found, session: a, tenant: '', slot: 1 },
  { ...found, session: b, tenant: '', slot: 2 },
  { ...found, session: c, tenant: 'acme', slot: 2 },
]

function world(surely?: Surely) {
  const written: OutgoingRecord[] = []
  const asked: string[] = []
  const resolver: Resolver = {
    session: (id) => {
      asked.push(id)
      return Promise.resolve(entries.find(({ session }) => session === id))
    },
    user: (tenant, user) => {
      asked.push(`${tenant}/${user}`)
      return Promise.resolve(entries.filter((each) => each.tenant === tenant && each.user === user))
    },
    liveSlots: () => Promise.resolve([1, 2]),
  }
  const dispatch = createDispatch({
    resolver,
    surely:
      surely ??
      ((record) => {
        written.push(record)
        return Promise.resolve('published')
      }),
    events: quietEvents(),
    reports: { node: 'gw-1', cluster: 'main', topics: { receipts: 'receipts', quarantine: 'quarantine' } },
    read: { maxTargets: 10, secrets: ['s'] },
    maxSize: 1_000,
    secret: 's',
    topics: { slot: 'slot.' },
    channelTopic: () => 'channels',
  })
  const places = () => written.map(({ topic, headers }) => `${topic} ${headers['ce_to'] ?? headers['ce_id']}`)
  return { dispatch, written, asked, places }
}

test('a user is each of the sessions of this user in this tenant', async () => {
  const { dispatch, places } = world()
  await dispatch([incoming({ ce_to: 'user:alice' }), incoming({ ce_to: 'user:alice', ce_tenant: 'acme' })])
  assert.deepEqual(places(), [`slot.1 session:${a}`, `slot.2 session:${b}`, `slot.2 session:${c}`])
})

test('sessions go to their slots, everyone to each live one, channels to their topic', async () => {
  const { dispatch, places } = world()
  await dispatch([incoming({ ce_to: `session:${b},everyone,channel:c` })])
  assert.deepEqual(places(), [
    `slot.2 session:${b}`,
    'slot.1 everyone',
    'slot.2 everyone',
    'channels channel:c',
  ])
})

test('the session that is left out is left out', async () => {
  const { dispatch, places } = world()
  await dispatch([incoming({ ce_to: 'user:alice', ce_except: `session:${a}` })])
  assert.deepEqual(places(), [`slot.2 session:${b}`])
})

for (const [what, headers, reports] of [
  ['a session that is nowhere', { ce_to: `session:${'Z'.repeat(22)}` }, ['no-session']],
  ['a session of another tenant', { ce_to: `session:${c}` }, ['wrong-tenant']],
  [
    'a session, too late',
    { ce_to: `session:${a}`, ce_expirytime: '2020-01-01T00:00:00Z' },
    ['deadline-passed'],
  ],
  ['a user who is nowhere', { ce_to: 'user:bob' }, []],
  ['a user who is nowhere, with a receipt', { ce_to: 'user:bob', ce_receipt: 'failed' }, ['no-session']],
] as const) {
  test(`${what}: ${reports.length === 0 ? 'passed' : `reported ${reports[0]}`}`, async () => {
    const { dispatch, written } = world()
    await dispatch([incoming(headers)])
    assert.deepEqual(
      written.map(({ value }) => (JSON.parse(value.toString()) as { reason: string }).reason),
      reports,
    )
    assert.ok(written.every(({ topic }) => topic === 'receipts'))
  })
}

test('what cannot be read is quarantined, and what is around it goes on', async () => {
  const { dispatch, places } = world()
  const records = ['user:alice', 'nobody', `session:${a}`].map((to) => incoming({ ce_to: to }))
  await dispatch(records)
  assert.deepEqual(places(), [
    `slot.1 session:${a}`,
    `slot.2 session:${b}`,
    'quarantine slot.0/0/7',
    `slot.1 session:${a}`,
  ])
})

test('in one batch each target is looked up once', async () => {
  const { dispatch, asked, written } = world()
  await dispatch(Array.from({ length: 50 }, (_, n) => incoming({ ce_to: `user:alice,session:${a}` }, `${n}`)))
  assert.deepEqual(asked.sort(), ['/alice', a].sort())
  const toA = written.filter(({ key }) => key === a).map(({ value }) => Number(value.toString()))
  assert.deepEqual(
    toA,
    toA.toSorted((x, y) => x - y),
  )
})

test('a record that Kafka will never take is reported', async () => {
  const receipts: OutgoingRecord[] = []
  const { dispatch } = world((record) => {
    if (record.topic.startsWith('slot.')) return Promise.resolve('too-large')
    receipts.push(record)
    return Promise.resolve('published')
  })
  await dispatch([incoming({ ce_to: `session:${a}` })])
  assert.match(receipts[0]?.value.toString() ?? '', /"reason":"too-large"/)
})

test('a batch that the end of the node interrupts is not done', async () => {
  const { dispatch } = world(() => Promise.reject(new Error('stopped')))
  await assert.rejects(dispatch([incoming({ ce_to: 'everyone' })]), /stopped/)
})
