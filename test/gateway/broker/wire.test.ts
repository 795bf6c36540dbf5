// Single requests on shared connections: several at once share one that is just being made, and none waits for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Wire } from '../../../gateway/broker/wire.ts'
import { onEnd } from '../../support/cleanup.ts'
import { kafkaProxy } from '../../support/kafka-proxy.ts'
import { testStack } from '../../support/stack.ts'
import { waitFor } from '../../support/wait.ts'
import { kafkaConfig, silent } from './fixture.ts'

const apiVersions = 18

test('requests that come while a connection is being made wait for it, and are all answered', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const wire = new Wire({ config: kafkaConfig({ brokers: [...proxy.brokers] }), log: silent })
  onEnd(t, () => wire.close())
  const ask = () => wire.ask<{ errorCode: number }>('any', 'ApiVersions', {})
  proxy.freeze()
  const first = ask()
  // Connected, but it is not known yet what this Kafka can be asked.
  await waitFor(() => proxy.asked.some(({ api }) => api === apiVersions))
  const others = [ask(), ask()]
  proxy.thaw()
  const answers = await Promise.all([first, ...others])
  assert.deepEqual(
    answers.map(({ errorCode }) => errorCode),
    [0, 0, 0],
  )
})

test('a request to a Kafka that falls silent fails as unknown in time, and the next one has a new connection', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const config = kafkaConfig({ brokers: [...proxy.brokers], requestTimeout: 400, connectionTimeout: 200 })
  const wire = new Wire({ config, log: silent })
  onEnd(t, () => wire.close())
  const ask = () => wire.ask<{ errorCode: number }>('any', 'ApiVersions', {})
  await ask()
  proxy.freeze()
  const since = performance.now()
  await assert.rejects(ask(), { name: 'BrokerFailure', kind: 'unknown' })
  await assert.rejects(ask(), { name: 'BrokerFailure', kind: 'not-sent' })
  assert.ok(performance.now() - since < 3_000)
  proxy.thaw()
  assert.equal((await ask()).errorCode, 0)
})

test('a closed wire sends nothing, and what waited on it fails', async (t) => {
  const proxy = await kafkaProxy(t, (await testStack()).brokers)
  const wire = new Wire({ config: kafkaConfig({ brokers: [...proxy.brokers] }), log: silent })
  await wire.ask('any', 'ApiVersions', {})
  proxy.freeze()
  const waiting = wire.ask('any', 'ApiVersions', {})
  wire.close()
  await assert.rejects(waiting, { name: 'BrokerFailure' })
  await assert.rejects(wire.ask('any', 'ApiVersions', {}), { name: 'BrokerFailure', kind: 'not-sent' })
})
