// What backends address to users, sessions and everyone arrives wherever they are, or is reported.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

test('dispatch reaches users, sessions and everyone of the tenant', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const receipts = await cluster.kafka.read(cluster.topics.receipts)
  const quarantined = await cluster.kafka.read(cluster.topics.quarantine)
  const alice = await welcomed(t, node.port, await tokenFor('alice'))
  const alice2 = await welcomed(t, node.port, await tokenFor('alice'))
  const bob = await welcomed(t, node.port, await tokenFor('bob'))
  const mallory = await welcomed(t, node.port, await tokenFor('alice', { claims: { tenant: 'evil' } }))
  const dispatch = (
    to: string | undefined,
    value: string,
    headers: Record<string, string> = {},
    key?: string,
  ) =>
    cluster.kafka.send(cluster.topics.dispatch, [
      {
        value,
        headers: { ...(to === undefined ? {} : { ce_to: to }), ...headers },
        ...(key === undefined ? {} : { key }),
      },
    ])

  await dispatch('user:alice', '{"hello":1}', { ce_type: 'greeting', 'x-note': 'n' })
  for (const client of [alice, alice2]) {
    const message = await client.next('message')
    assert.deepEqual(
      [message['payload'], message['type'], message['headers']],
      [{ hello: 1 }, 'greeting', { 'x-note': 'n' }],
    )
    assert.equal(message['contentType'], 'application/json')
    assert.ok(Math.abs(Date.parse(String(message['time'])) - Date.now()) < 60_000)
  }
  await dispatch(`user:bob, session:${String(alice.welcome['session'])}`, 'plain text')
  for (const client of [bob, alice]) {
    const message = await client.next('message')
    assert.deepEqual(
      [message['contentType'], message['data']],
      ['text/plain', Buffer.from('plain text').toString('base64')],
    )
  }
  await dispatch('everyone', '"all"', { ce_except: `session:${String(bob.welcome['session'])}` })
  for (const client of [alice, alice2]) assert.equal((await client.next('message'))['payload'], 'all')
  await dispatch(undefined, '"by key"', {}, 'user:bob')
  assert.equal((await bob.next('message'))['payload'], 'by key')
  assert.equal(mallory.frames.length, 0)

  await dispatch('session:AAAAAAAAAAAAAAAAAAAAAA', '1', { ce_id: 'lost', 'x-k': 'v' })
  const lost = await waitFor(() => receipts.find((read) => read.text.includes('"lost"')))
  const receipt = JSON.parse(lost.text) as Record<string, unknown>
  assert.deepEqual(
    [receipt['outcome'], receipt['reason'], receipt['target'], receipt['headers']],
    ['failed', 'no-session', 'session:AAAAAAAAAAAAAAAAAAAAAA', { 'x-k': 'v' }],
  )
  await dispatch('user:alice', '"r"', { ce_receipt: 'written', ce_id: 'kept' })
  await waitFor(() => receipts.filter((read) => read.text.includes('"kept"')).length === 2)
  await dispatch('user:alice', '"late"', {
    ce_expirytime: '2020-01-01T00:00:00Z',
    ce_receipt: 'failed',
    ce_id: 'late',
  })
  await waitFor(() => receipts.find((read) => read.text.includes('deadline-passed')))
  await dispatch('nobody', 'x')
  await waitFor(() => quarantined.find((read) => read.text.includes('ce_to')))
  await dispatch(`session:${String(mallory.welcome['session'])}`, '"crossing"')
  await waitFor(() => receipts.find((read) => read.text.includes('wrong-tenant')))
  assert.equal(mallory.frames.length, 0)
})

test('two nodes deliver to each other’s users, and a record on the wrong slot is sent on', async (t) => {
  const cluster = await testCluster(t)
  const [a, b] = [await startNode(t, cluster), await startNode(t, cluster)]
  const alice = await welcomed(t, a.port, await tokenFor('alice'))
  const bob = await welcomed(t, b.port, await tokenFor('bob'))
  await cluster.kafka.send(
    cluster.topics.dispatch,
    Array.from({ length: 20 }, (_, n) => ({
      key: String(n),
      value: String(n),
      headers: { ce_to: n % 2 ? 'user:alice' : 'user:bob' },
    })),
  )
  for (let n = 0; n < 10; n++) {
    await alice.next('message')
    await bob.next('message')
  }
  const other = String(bob.welcome['position']).split('.')[0]
  await cluster.kafka.send(`${cluster.topics.slot}${other}`, [
    { value: '"on the wrong slot"', headers: { ce_session: String(alice.welcome['session']) } },
  ])
  assert.equal((await alice.next('message'))['payload'], 'on the wrong slot')
})
