// What was revoked while a node stood still: when it goes on, it takes nothing before it knows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { welcomed } from '../support/client.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

test('frames that a revoked client sent to a frozen node are not taken when it goes on; others are', async (t) => {
  // The lease outlives the freeze: what is held back is so because of the revocations alone.
  const cluster = await testCluster(t, { overrides: { delivery: { leaseTtl: 30_000 } } })
  const frozen = await startProcess(t, cluster)
  const alice = await welcomed(t, frozen.port, await tokenFor('alice'))
  const bob = await welcomed(t, frozen.port, await tokenFor('bob'))

  frozen.signal('SIGSTOP')
  const since = performance.now()
  await cluster.kafka.send(`${cluster.name}.revocations`, [{ key: 'user:/alice', value: '{}' }])
  for (let n = 0; n < 20; n++) {
    alice.send({ publish: { id: `a-${n}`, route: 'echo', payload: 'alice' } })
    bob.send({ publish: { id: `b-${n}`, route: 'echo', payload: 'bob' } })
  }
  await waitFor(() => performance.now() - since > 2_000)
  frozen.signal('SIGCONT')

  assert.equal((await alice.closed).code, 4410)
  for (let n = 0; n < 20; n++) await bob.next('ack', ({ id }) => id === `b-${n}`, 20_000)
  assert.deepEqual(
    alice.frames.filter(({ kind }) => kind === 'ack'),
    [],
  )
  const taken =
    (await cluster.kafka.endOffset(cluster.echo, 0)) + (await cluster.kafka.endOffset(cluster.echo, 1))
  assert.equal(taken, 20)
})
