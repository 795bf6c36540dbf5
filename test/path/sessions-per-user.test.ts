// How many sessions a user may have: the newest stay, wherever the older ones are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

test('with one session per user the newest closes the older one on another node, and its end is told', async (t) => {
  const cluster = await testCluster(t, {
    overrides: { session: { secrets: ['a secret of the tests only'], perUser: 1 } },
  })
  const [one, two] = [await startNode(t, cluster), await startNode(t, cluster)]
  const events = await cluster.kafka.read(`${cluster.name}.events`)
  const first = await welcomed(t, one.port, await tokenFor('alice'))
  const bob = await welcomed(t, one.port, await tokenFor('bob'))
  const second = await welcomed(t, two.port, await tokenFor('alice'))
  assert.equal((await first.closed).code, 4409)
  const ended = await waitFor(() =>
    events.find(
      ({ headers }) =>
        headers['ce_type'] === 'openclaw.session.ended' && headers['ce_session'] === first.welcome['session'],
    ),
  )
  assert.equal((JSON.parse(ended.text) as { reason: string }).reason, 'taken-over')
  for (const client of [bob, second]) {
    client.send({ ping: {} })
    await client.next('pong')
  }
})
