// Coming back to channels: all at once, on another node, with everything that was missed, or told that it is gone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, type TestClient, welcomed } from '../support/client.ts'
import { type Cluster, startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

const settings = {
  channels: {
    'room:{room}': { subscribe: true },
    'secret:{room}': { subscribe: 'room in principal.claims.rooms' },
  },
}

const say = (cluster: Cluster, channel: string, ...values: readonly (string | number)[]) =>
  cluster.kafka.send(
    `${cluster.name}.channels`,
    values.map((value) => ({ value: JSON.stringify(value), headers: { ce_to: `channel:${channel}` } })),
  )

const heard = (client: TestClient, channel: string): Frame[] =>
  client.frames.filter((frame) => frame.kind === 'message' && frame['channel'] === channel)

const payloads = (client: TestClient, channel: string) => heard(client, channel).map(({ payload }) => payload)

test('a client comes back to all its channels at once, on another node, and has missed nothing', async (t) => {
  const cluster = await testCluster(t)
  const [a, b] = [await startNode(t, cluster, settings), await startNode(t, cluster, settings)]
  const token = await tokenFor('alice')
  const first = await welcomed(t, a.port, token)
  const names = ['room:1', 'room:2', 'room:3']
  const positions: Record<string, string> = {}
  for (const channel of names) {
    first.send({ subscribe: { id: 's', channel } })
    positions[channel] = String((await first.next('subscribed'))['position'])
  }
  await say(cluster, 'room:1', 'a', 'b')
  await waitFor(() => payloads(first, 'room:1').length === 2)
  positions['room:1'] = String(heard(first, 'room:1')[0]?.['position'])
  first.ws.terminate()

  await say(cluster, 'room:1', 'c')
  await say(cluster, 'room:2', 'd', 'e')
  const resume = {
    token: String(first.welcome['resumeToken']),
    attempt: 1,
    position: String(first.welcome['position']),
  }
  const channels = { ...positions, 'secret:1': '0.0.0', nowhere: '0.0.0' }
  const back = await welcomed(t, b.port, token, { resume: { ...resume, channels } })
  assert.equal(back.welcome['session'], first.welcome['session'])

  for (const channel of names) {
    const { id, recovered } = await back.next('subscribed', (frame) => frame['channel'] === channel)
    assert.deepEqual([id, recovered], [undefined, true])
  }
  const codes = [await back.next('refusal'), await back.next('refusal')].map(({ code }) => code)
  assert.deepEqual(new Set(codes), new Set(['forbidden', 'unknown-channel']))
  await say(cluster, 'room:1', 'live')
  await say(cluster, 'room:2', 'live')
  await say(cluster, 'room:3', 'live')
  await waitFor(() => names.every((channel) => payloads(back, channel).includes('live')))
  assert.deepEqual(
    names.map((channel) => payloads(back, channel)),
    [['b', 'c', 'live'], ['d', 'e', 'live'], ['live']],
  )
})

test('what is gone from the topic is said to be missing, and the channel goes on', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster, settings)
  const token = await tokenFor('alice')
  const first = await welcomed(t, node.port, token)
  first.send({ subscribe: { id: 's', channel: 'room:1' } })
  const position = String((await first.next('subscribed'))['position'])
  first.ws.terminate()
  await say(cluster, 'room:1', 1, 2, 3)
  await cluster.kafka.cut(`${cluster.name}.channels`, 2)

  const other = await startNode(t, cluster, settings)
  const back = await welcomed(t, other.port, token)
  back.send({ subscribe: { id: 'again', channel: 'room:1', since: position } })
  const { id, recovered } = await back.next('subscribed')
  assert.deepEqual([id, recovered], ['again', false])
  await say(cluster, 'room:1', 'live')
  await waitFor(() => payloads(back, 'room:1').includes('live'))
  assert.deepEqual(payloads(back, 'room:1'), ['live'])
})

test('the newest messages can be asked for, from before anybody here listened', async (t) => {
  const cluster = await testCluster(t)
  await say(cluster, 'room:1', 1, 2, 3, 4)
  const node = await startNode(t, cluster, settings)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  client.send({ subscribe: { id: 'l', channel: 'room:1', last: 2 } })
  assert.equal((await client.next('subscribed'))['recovered'], true)
  await waitFor(() => payloads(client, 'room:1').length === 2)
  await say(cluster, 'room:1', 5)
  await waitFor(() => payloads(client, 'room:1').length === 3)
  assert.deepEqual(payloads(client, 'room:1'), [3, 4, 5])
})
