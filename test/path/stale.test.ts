// What waited while no gateway ran, and is too old by now, floods nobody who connects.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

test('a delivery that is older than it may be is reported and not shown; a fresh one is shown', async (t) => {
  const cluster = await testCluster(t)
  const receipts = await cluster.kafka.read(cluster.topics.receipts)
  const headers = { ce_to: 'user:alice', ce_receipt: 'failed' }
  // The topics of tests take the time that a producer names.
  const timestamp = String(Date.now() - 700_000)
  const inTime = { ...headers, ce_expirytime: new Date(Date.now() + 60_000).toISOString() }
  await cluster.kafka.send(cluster.topics.dispatch, [
    { value: '"old"', headers, timestamp },
    { value: '"old but in time"', headers: inTime, timestamp },
  ])
  const node = await startNode(t, cluster)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  await cluster.kafka.send(cluster.topics.dispatch, [{ value: '"new"', headers }])
  const shown = await client.next('message', ({ payload }) => payload === 'new')
  assert.equal(shown['payload'], 'new')
  const receipt = await waitFor(() => receipts.find(({ text }) => text.includes('deadline-passed')))
  assert.equal((JSON.parse(receipt.text) as { target: string }).target, 'user:alice')
  assert.ok(!client.texts.some((text) => text.includes('"old"')))
})
