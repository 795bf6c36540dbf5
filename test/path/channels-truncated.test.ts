// F25 for channels, through whole gateways: the topic is cut or made anew while clients are away, and every one is told.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Frame, type TestClient, welcomed } from '../support/client.ts'
import { type Cluster, startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { waitFor } from '../support/wait.ts'

type Welcomed = TestClient & { readonly welcome: Frame }

const channels = ['room:1', 'room:2']
const named = (channel: string) => (frame: Frame) => frame['channel'] === channel

async function world(t: TestContext) {
  const cluster = await testCluster(t)
  const settings = { channels: { 'room:{room}': { subscribe: true } } }
  const [a, b] = [await startNode(t, cluster, settings), await startNode(t, cluster, settings)]
  return { cluster, topic: `${cluster.name}.channels`, a, b }
}

/** `count` messages for each of the two channels by turns. */
const say = ({ kafka, name }: Cluster, from: number, count: number) =>
  kafka.send(
    `${name}.channels`,
    Array.from({ length: count * 2 }, (_, n) => ({
      value: String(from + (n >> 1)),
      headers: { ce_to: `channel:${channels[n % 2]}` },
    })),
  )

const heard = (client: TestClient, channel: string): Frame[] =>
  client.frames.filter((frame) => frame.kind === 'message' && frame['channel'] === channel)

const numbers = (client: TestClient, channel: string) => heard(client, channel).map(({ payload }) => payload)

async function listen(t: TestContext, port: number, user: string, names = channels): Promise<Welcomed> {
  const client = await welcomed(t, port, await tokenFor(user))
  for (const channel of names) {
    client.send({ subscribe: { id: 's', channel } })
    await client.next('subscribed', named(channel))
  }
  return client
}

/** Comes back to its session and its channels, from the latest messages it had, or from those that `at` says. */
async function comeBack(t: TestContext, port: number, user: string, client: Welcomed, at = -1) {
  const { resumeToken: token, position } = client.welcome
  const positions = channels.map((channel) => [channel, heard(client, channel).at(at)?.['position']])
  const resume = { token, attempt: 1, position, channels: Object.fromEntries(positions) }
  const back = await welcomed(t, port, await tokenFor(user), { resume })
  const recovered: boolean[] = []
  for (const channel of channels)
    recovered.push((await back.next('subscribed', named(channel)))['recovered'] === true)
  return { back, recovered }
}

test('the topic is cut while clients are away: who has missed something is told, who has not is not', async (t) => {
  const { cluster, topic, a, b } = await world(t)
  const clients: Welcomed[] = []
  for (const user of ['alice', 'bob']) clients.push(await listen(t, a.port, user))
  const [alice, bob] = clients as [Welcomed, Welcomed]
  // The other node reads the topic for another channel, and has nothing of these in memory.
  await listen(t, b.port, 'carol', ['room:3'])
  await say(cluster, 0, 3)
  await waitFor(() => channels.every((channel) => clients.every((one) => heard(one, channel).length === 3)))
  for (const { ws } of clients) ws.terminate()
  await say(cluster, 3, 2)
  await cluster.kafka.cut(topic, 6)

  // Her place in room:2 is where the log begins now. Of what stood before it nobody can say what was in room:1.
  const { back, recovered } = await comeBack(t, b.port, 'alice', alice)
  assert.deepEqual(recovered, [false, true])
  const early = await comeBack(t, b.port, 'bob', bob, 0)
  assert.deepEqual(early.recovered, [false, false])
  await say(cluster, 5, 1)
  for (const client of [back, early.back])
    await waitFor(() => channels.every((channel) => numbers(client, channel).at(-1) === 5))
  assert.deepEqual(
    channels.map((channel) => numbers(back, channel)),
    [[5], [3, 4, 5]],
  )
  assert.deepEqual(
    channels.map((channel) => numbers(early.back, channel)),
    [[5], [5]],
  )
})

test('a living node still has what was cut behind it, and gives it', async (t) => {
  const { cluster, topic, a } = await world(t)
  const alice = await listen(t, a.port, 'alice')
  await say(cluster, 0, 3)
  await waitFor(() => channels.every((channel) => heard(alice, channel).length === 3))
  const other = await listen(t, a.port, 'bob')
  alice.ws.terminate()
  await say(cluster, 3, 2)
  await waitFor(() => channels.every((channel) => heard(other, channel).length === 2))
  await cluster.kafka.cut(topic, 10)
  const { back, recovered } = await comeBack(t, a.port, 'alice', alice, 0)
  assert.deepEqual(recovered, [true, true])
  await waitFor(() => heard(back, 'room:1').length === 4)
  assert.deepEqual(numbers(back, 'room:1'), [1, 2, 3, 4])
})

test('the topic is made anew, at once longer than it was: who is away and who listens are told', async (t) => {
  const { cluster, topic, a, b } = await world(t)
  const alice = await listen(t, a.port, 'alice')
  const bob = await listen(t, a.port, 'bob')
  const stays = await listen(t, b.port, 'carol')
  const all = [alice, bob, stays]
  await say(cluster, 0, 3)
  await waitFor(() => channels.every((channel) => all.every((client) => heard(client, channel).length === 3)))
  for (const { ws } of [alice, bob]) ws.terminate()
  await cluster.kafka.recreate(topic)
  await say(cluster, 100, 10)

  for (const channel of channels) {
    const { id, recovered } = await stays.next('subscribed', named(channel), 20_000)
    assert.deepEqual([id, recovered], [undefined, false])
  }
  const backs = [await comeBack(t, a.port, 'alice', alice), await comeBack(t, b.port, 'bob', bob)]
  for (const { back, recovered } of backs) {
    for (const [n, channel] of channels.entries()) {
      // A node that has not seen yet that the log is another one says so when it does.
      const told = recovered[n] && (await back.next('subscribed', named(channel), 20_000))
      assert.equal(told && told['recovered'], false)
    }
  }
  await say(cluster, 200, 1)
  for (const client of [stays, ...backs.map(({ back }) => back)])
    await waitFor(() => channels.every((channel) => numbers(client, channel).at(-1) === 200))
  // Where they stand in the new log is good, in the old one it was not.
  const again = await comeBack(t, a.port, 'carol', stays)
  assert.deepEqual(again.recovered, [true, true])
})
