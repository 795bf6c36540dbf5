// A node frozen past its lease: it commits nothing more, closes its connections, and comes back with another slot.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

test('a node frozen past its lease is fenced: 4510, no commit, another slot', async (t) => {
  const cluster = await testCluster(t, { slots: 3 })
  const frozen = await startProcess(t, cluster)
  const { slot } = await frozen.ready()
  const topic = `${cluster.topics.slot}${slot}`
  const client = await welcomed(t, frozen.port, await tokenFor('alice'))
  const records = await cluster.kafka.read(cluster.echo)

  frozen.signal('SIGSTOP')
  const frozenAt = performance.now()
  client.send({ publish: { id: 'while-frozen', route: 'echo', payload: 1 } })
  // Two of the three slots are free, but one whose holder died is taken first: its log needs a reader.
  await waitFor(() => performance.now() - frozenAt > 3_500, {
    timeoutMs: 5_000,
    describe: 'the lease to end',
  })
  const successor = await startProcess(t, cluster)
  assert.equal((await successor.ready()).slot, slot)
  await cluster.kafka.send(topic, [
    { value: '"late"', headers: { ce_session: String(client.welcome['session']) } },
  ])
  const end = await cluster.kafka.endOffset(topic)
  await waitFor(async () => (await cluster.kafka.committed(topic, topic)) >= end, {
    timeoutMs: 20_000,
    everyMs: 50,
  })
  const committedBefore = await cluster.kafka.committed(topic, topic)

  const thawedAt = performance.now()
  frozen.signal('SIGCONT')
  const { code } = await client.closed
  assert.equal(code, 4510)
  const back = await waitFor(
    async () => {
      const ready = await frozen.ready()
      return ready.ready && ready.slot !== slot ? ready : undefined
    },
    { timeoutMs: 20_000, everyMs: 50, describe: 'the thawed node ready with another slot' },
  )
  const backAfter = Math.round(performance.now() - thawedAt)
  assert.ok(
    (await cluster.kafka.committed(topic, topic)) >= committedBefore,
    'the committed offset was not rewound',
  )
  assert.equal((await successor.ready()).slot, slot, 'the successor still has the slot')
  assert.equal(records.filter((read) => read.headers['ce_id']?.endsWith('while-frozen')).length, 0)
  const again = await welcomed(t, frozen.port, await tokenFor('alice'))
  again.send({ publish: { id: 'after', route: 'echo', payload: 2 } })
  await again.next('ack')
  t.diagnostic(JSON.stringify({ slot, slotAfter: back.slot, readyAgainAfterMs: backAfter }))
})
