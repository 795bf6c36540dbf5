// Sessions that come back: on the same node, on another, after a kill; with everything they missed, or told of a gap.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, type Frame, type TestClient } from '../support/client.ts'
import { type Cluster, startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { waitFor } from '../support/wait.ts'

type Resume = { readonly token: unknown; readonly attempt: number; readonly position?: unknown }

async function hello(
  t: Parameters<typeof connect>[0],
  port: number,
  options: { resume?: Resume; confirms?: boolean; user?: string } = {},
): Promise<TestClient & { welcome: Frame }> {
  const client = await connect(t, port, { token: await tokenFor(options.user ?? 'alice') })
  const { resume, confirms } = options
  client.send({ hello: { ...(confirms ? { confirms } : {}), ...(resume === undefined ? {} : { resume }) } })
  return { ...client, welcome: await client.next('welcome') }
}

const slotOf = (position: unknown): number => Number.parseInt(String(position).split('.')[0] ?? '', 36)

/** Sends numbered deliveries to a session through a slot topic. */
async function push(
  cluster: Cluster,
  slot: number,
  session: unknown,
  from: number,
  count: number,
): Promise<void> {
  const headers = { ce_to: `session:${String(session)}` }
  const messages = countTo(count).map((n) => ({ value: JSON.stringify({ n: from + n }), headers }))
  await cluster.kafka.send(`${cluster.topics.slot}${slot}`, messages)
}

const numbersOf = (frames: readonly Frame[]): unknown[] =>
  frames.filter(({ kind }) => kind === 'message').map(({ payload }) => (payload as { n: number }).n)

async function received(client: TestClient, count: number): Promise<unknown[]> {
  await waitFor(() => numbersOf(client.frames).length >= count, {
    timeoutMs: 15_000,
    describe: () => `${count} messages; got ${numbersOf(client.frames).length}`,
  })
  return numbersOf(client.frames)
}

const countTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('a session that lost its connection gets what it missed on the same node', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const first = await hello(t, node.port)
  const slot = slotOf(first.welcome['position'])
  const { session, resumeToken } = first.welcome
  await push(cluster, slot, session, 0, 3)
  await received(first, 3)
  const at = first.frames.findLast(({ kind }) => kind === 'message')?.['position']
  first.ws.terminate()
  await push(cluster, slot, session, 3, 3)
  const second = await hello(t, node.port, { resume: { token: resumeToken, attempt: 1, position: at } })
  assert.deepEqual([second.welcome['resumed'], second.welcome['recovered']], [true, true])
  assert.equal(second.welcome['session'], session)
  await push(cluster, slot, session, 6, 1)
  assert.deepEqual(await received(second, 4), [3, 4, 5, 6])
})

test('a session that comes to another node brings the old connection to its end and gets what it missed', async (t) => {
  const cluster = await testCluster(t)
  const [one, two] = [await startNode(t, cluster), await startNode(t, cluster)]
  const first = await hello(t, one.port)
  const slot = slotOf(first.welcome['position'])
  const { session, resumeToken, position } = first.welcome
  await push(cluster, slot, session, 0, 2)
  await received(first, 2)
  const second = await hello(t, two.port, { resume: { token: resumeToken, attempt: 1, position } })
  assert.equal(second.welcome['resumed'], true)
  assert.deepEqual(await received(second, 2), [0, 1])
  assert.equal((await first.closed).code, 4409)
  await push(cluster, slot, session, 2, 2)
  assert.deepEqual(await received(second, 4), [0, 1, 2, 3])
  const late = await connect(t, one.port, { token: await tokenFor('alice') })
  late.send({ hello: { resume: { token: resumeToken, attempt: 1, position } } })
  assert.equal((await late.closed).code, 4409)
})

test('the token of another user brings nothing back', async (t) => {
  const cluster = await testCluster(t)
  const node = await startNode(t, cluster)
  const first = await hello(t, node.port)
  const { session, resumeToken, position } = first.welcome
  const resume = { token: resumeToken, attempt: 1, position }
  const other = await hello(t, node.port, { user: 'mallory', resume })
  assert.deepEqual([other.welcome['resumed'], other.welcome['recovered']], [false, false])
  assert.notEqual(other.welcome['session'], session)
})

test('after a kill everything missed comes back on another node, the answer to a request in flight too', async (t) => {
  const cluster = await testCluster(t, { overrides: { delivery: { leaseTtl: 3_000 } } })
  const one = await startProcess(t, cluster)
  const two = await startNode(t, cluster)
  const requests = await cluster.kafka.read(cluster.echo)
  const first = await hello(t, one.port, { confirms: true })
  const slot = slotOf(first.welcome['position'])
  const { session, resumeToken } = first.welcome
  await push(cluster, slot, session, 0, 5)
  await received(first, 5)
  const position = first.frames.findLast(({ kind }) => kind === 'message')?.['position']
  first.send({ request: { id: 'r1', route: 'echo', payload: { ask: 1 } } })
  const asked = await waitFor(() => requests.find(({ headers }) => headers['ce_request'] === 'r1'))
  one.signal('SIGKILL')
  await first.closed
  await push(cluster, slot, session, 5, 200)
  const started = performance.now()
  const second = await hello(t, two.port, {
    confirms: true,
    resume: { token: resumeToken, attempt: 1, position },
  })
  assert.deepEqual([second.welcome['resumed'], second.welcome['recovered']], [true, true])
  assert.deepEqual(await received(second, 200), countTo(205).slice(5))
  const missedMs = performance.now() - started
  const { ce_replyto: replyTo = '', ...headers } = asked.headers as Record<string, string>
  const sent = performance.now()
  await cluster.kafka.send(replyTo, [{ value: '"answer"', headers }])
  const reply = await second.next('reply')
  assert.equal(reply['payload'], 'answer')
  const replyMs = performance.now() - sent
  console.log(JSON.stringify({ missed: 200, missedMs: Math.round(missedMs), replyMs: Math.round(replyMs) }))
  assert.ok(missedMs < 2_000 && replyMs < 2_000)
})

test('what waits for a session that never comes back is reported when its time is over, and its end is told', async (t) => {
  const cluster = await testCluster(t, {
    overrides: { heartbeat: 500, delivery: { resumeWindow: 2_000, leaseTtl: 1_000 } },
  })
  const node = await startNode(t, cluster)
  const receipts = await cluster.kafka.read(cluster.topics.receipts)
  const events = await cluster.kafka.read(`${cluster.name}.events`)
  const first = await hello(t, node.port)
  const slot = slotOf(first.welcome['position'])
  const { session } = first.welcome
  first.ws.terminate()
  await push(cluster, slot, session, 0, 3)
  await waitFor(() => receipts.length >= 3, {
    timeoutMs: 10_000,
    describe: () => `${receipts.length} receipts`,
  })
  assert.deepEqual(
    receipts.map(({ text }) => (JSON.parse(text) as { reason: string }).reason),
    ['no-session', 'no-session', 'no-session'],
  )
  const kinds = (): unknown[] => events.map(({ headers }) => headers['ce_type'])
  await waitFor(() => kinds().length >= 3)
  assert.deepEqual(kinds(), [
    'openclaw.session.connected',
    'openclaw.session.detached',
    'openclaw.session.ended',
  ])
})
