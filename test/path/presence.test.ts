// Presence over whole gateways: comings and goings on every node, and right again after one of them was killed.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

const leaseTtl = 2_000
const channel = 'room:7'
const overrides = {
  delivery: { leaseTtl },
  channels: { 'room:{room}': { subscribe: true, publish: true, members: true } },
}

async function onChannel(t: TestContext, port: number, user: string, members = true): Promise<TestClient> {
  const client = await welcomed(t, port, await tokenFor(user))
  client.send({ subscribe: { id: 's', channel, members } })
  await client.next('subscribed')
  return client
}

const told = (client: TestClient): string[] =>
  client.frames
    .filter(({ kind }) => kind === 'joined' || kind === 'left')
    .map(({ kind, member }) => `${kind} ${(member as { user: string }).user}`)

async function members(client: TestClient): Promise<string[]> {
  client.send({ members: { id: 'm', channel } })
  const answer = await client.next('members')
  return (answer['members'] as { user: string; sessions: number }[]).map(
    ({ user, sessions }) => `${user} ${sessions}`,
  )
}

test('comings and goings are told on every node, once for each user, among the messages', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const [one, two] = [await startNode(t, cluster), await startNode(t, cluster)]
  const watcher = await onChannel(t, one.port, 'watcher')
  const alice = await onChannel(t, two.port, 'alice', false)
  const again = await onChannel(t, one.port, 'alice', false)
  await waitFor(() => told(watcher).length === 2, { describe: () => told(watcher).join() })
  await waitFor(async () => (await members(watcher)).join() === 'alice 2,watcher 1')
  alice.send({ publish: { id: 'p', channel, payload: 1 } })
  await watcher.next('message')
  alice.send({ unsubscribe: { id: 'u', channel } })
  await alice.next('unsubscribed')
  await waitFor(async () => (await members(watcher)).join() === 'alice 1,watcher 1')
  again.close()
  await waitFor(() => told(watcher).includes('left alice'), { timeoutMs: 15_000 })
  assert.deepEqual(told(watcher), ['joined watcher', 'joined alice', 'left alice'])
  assert.deepEqual(told(alice), [])
})

test('a killed node takes its members with it within a lease and a round, and each is told once', async (t) => {
  const cluster = await testCluster(t, { overrides })
  const [node, mortal] = [await startNode(t, cluster), await startProcess(t, cluster)]
  const watcher = await onChannel(t, node.port, 'watcher')
  const users = Array.from({ length: 20 }, (_, n) => `u${String(n).padStart(2, '0')}`)
  const theirs = await Promise.all(users.map((user) => onChannel(t, mortal.port, user, false)))
  await onChannel(t, node.port, 'u00', false)
  await waitFor(() => told(watcher).length === 21, { timeoutMs: 15_000 })
  assert.equal((await members(watcher)).length, 21)
  mortal.signal('SIGKILL')
  const killed = performance.now()
  await Promise.all(theirs.map(({ closed }) => closed))
  // u01 comes back at once, elsewhere: it was never away.
  await onChannel(t, node.port, 'u01', false)
  await waitFor(() => told(watcher).length === 21 + 18, {
    timeoutMs: 20_000,
    describe: () => `everyone's going; ${told(watcher).length}`,
  })
  const took = performance.now() - killed
  t.diagnostic(`members right again ${Math.round(took)} ms after the kill, lease ${leaseTtl} ms`)
  assert.deepEqual(await members(watcher), ['u00 1', 'u01 1', 'watcher 1'])
  const left = told(watcher).filter((each) => each.startsWith('left'))
  assert.deepEqual(
    left.toSorted(),
    users.slice(2).map((user) => `left ${user}`),
  )
  assert.ok(took < 2 * leaseTtl + 3_000, 'a lease, a round of half a lease, and what a busy machine takes')
})
