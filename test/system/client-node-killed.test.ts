// The client through the death of its node: what it published is stored, what it was sent is shown once, its channel goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../../client/index.ts'
import { onEnd } from '../support/cleanup.ts'
import { startEcho } from '../support/echo.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { type NodeProcess, startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const channels = { 'room:{room}': { subscribe: true, publish: true } }
const patient = { timeoutMs: 40_000 }

test('a client whose nodes are killed in turn loses nothing and shows nothing twice', async (t) => {
  const cluster = await testCluster(t, { slots: 6, overrides: { channels } })
  const nodes: NodeProcess[] = [await startProcess(t, cluster), await startProcess(t, cluster)]
  await startEcho(t, cluster)
  let at = 0
  const client = createClient({
    url: () => `ws://127.0.0.1:${nodes[at++ % nodes.length]?.port}/`,
    token: () => tokenFor('alice'),
    backOff: { firstMs: 50, longestMs: 500 },
    log: { warn: () => {}, error: () => {} },
  })
  onEnd(t, () => client.close())
  const [told, heard]: [number[], number[]] = [[], []]
  let gaps = 0
  client.on('gap', () => {
    gaps += 1
  })
  client.onMessage(({ payload }) => told.push((payload as { n: number }).n))
  const room = client.subscribe('room:1', {}, ({ payload }) => heard.push(payload as number))
  room.on('gap', () => {
    gaps += 1
  })
  await client.connect()
  await room.ready

  let n = 0
  const stored: Promise<unknown>[] = []
  const replies: Promise<unknown>[] = []
  const timer = setInterval(() => {
    n += 1
    // With an id, as backends are to give one: a copy that comes by another log has no other mark.
    stored.push(client.publish({ channel: 'room:1' }, n))
    stored.push(
      cluster.kafka.send(cluster.topics.dispatch, [
        { value: `{"n":${n}}`, headers: { ce_to: 'user:alice', ce_id: `m-${n}` } },
      ]),
    )
    if (n % 10 === 0) replies.push(client.request('echo', { n }, { timeoutMs: 40_000 }))
  }, 20)
  onEnd(t, () => clearInterval(timer))
  for (const round of [1, 2]) {
    await waitFor(() => n >= round * 40 && told.length > (round - 1) * 40, patient)
    const [dead] = nodes.splice((at - 1) % nodes.length, 1)
    dead?.signal('SIGKILL')
    at = 0
    await dead?.exited
    await waitFor(() => client.state === 'open', patient)
    nodes.push(await startProcess(t, cluster))
  }
  await waitFor(() => n >= 150, patient)
  clearInterval(timer)
  await Promise.all(stored)
  const answers = (await Promise.all(replies)).map((reply) => (reply as { payload: { n: number } }).payload.n)
  const all = Array.from({ length: n }, (_, nth) => nth + 1)
  const inOrder = (list: readonly number[]) => list.toSorted((one, other) => one - other)
  await waitFor(() => new Set(told).size === n && new Set(heard).size === n, {
    ...patient,
    describe: () => `${n} of each; told ${told.length}, heard ${heard.length}`,
  })
  assert.deepEqual(inOrder(told), all)
  assert.deepEqual(
    answers,
    all.filter((each) => each % 10 === 0),
  )
  // A publish whose ack was lost with its node may be in Kafka twice, with one id.
  assert.deepEqual(inOrder([...new Set(heard)]), all)
  assert.equal(gaps, 0)
})
