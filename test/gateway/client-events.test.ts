// Clients are counted by what they say they are; what they say is bounded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClientEvents } from '../../gateway/client-events.ts'
import { createMetrics } from '../../gateway/metrics.ts'

const counted = async (metrics: ReturnType<typeof createMetrics>) =>
  (await metrics.clients.get()).values.map(({ labels, value }) => [
    labels.subprotocol,
    labels.client,
    labels.version,
    value,
  ])

test('a program is counted by its subprotocol, name and version, compressed or not', async () => {
  const metrics = createMetrics()
  const { clientSeen } = createClientEvents(metrics)
  clientSeen('openclaw.v1.json', { name: '@openclaw/client', version: '1.2.0-rc.1' })
  clientSeen('openclaw.v1.json+deflate', { name: '@openclaw/client', version: '1.2.0-rc.1' })
  clientSeen('raw+protobuf', undefined)
  clientSeen('openclaw.v1.proto', { name: 'x"}\n', version: 'a b' })
  assert.deepEqual(await counted(metrics), [
    ['openclaw.v1.json', '@openclaw/client', '1.2.0-rc.1', 2],
    ['raw', 'none', 'none', 1],
    ['openclaw.v1.proto', 'other', 'other', 1],
  ])
})

test('however many versions clients make up, the labels stay few and the known ones stay right', async () => {
  const metrics = createMetrics()
  const { clientSeen } = createClientEvents(metrics)
  for (let n = 0; n < 5_000; n++) clientSeen('openclaw.v1.json', { name: 'app', version: `1.${n}` })
  clientSeen('openclaw.v1.json', { name: 'app', version: '1.0' })
  const values = await counted(metrics)
  assert.equal(values.length, 201)
  assert.deepEqual(
    values.find(([, , version]) => version === '1.0'),
    ['openclaw.v1.json', 'app', '1.0', 2],
  )
  assert.deepEqual(
    values.find(([, , version]) => version === 'other'),
    ['openclaw.v1.json', 'other', 'other', 4_800],
  )
})
