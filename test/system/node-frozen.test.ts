// A node frozen past its lease: it commits nothing more, closes its connections, and comes back with another slot.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, type Frame, type TestClient, welcomed } from '../support/client.ts'
import { print } from '../support/fault-counts.ts'
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
  // Reported at once, as nobody can come back for it.
  const nobody = 'A'.repeat(22)
  await cluster.kafka.send(topic, [{ value: '"late"', headers: { ce_to: `session:${nobody}` } }])
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

const clients = 20
const each = 10
const backMs = 15_000

const slotOf = (position: unknown): number => Number.parseInt(String(position).split('.')[0] ?? '', 36)
const messagesOf = ({ frames }: TestClient): readonly Frame[] =>
  frames.filter(({ kind }) => kind === 'message')
const numbersOf = (client: TestClient): number[] =>
  messagesOf(client).map(({ payload }) => (payload as { n: number }).n)

test('sessions of a frozen node go on at another one; thawed, it says nothing to their old sockets', async (t) => {
  const cluster = await testCluster(t, { slots: 4, overrides: { delivery: { leaseTtl: 2_000 } } })
  const [frozen, other] = [await startProcess(t, cluster), await startProcess(t, cluster)]
  const users = Array.from({ length: clients }, (_, n) => `u${n}`)
  const old = await Promise.all(users.map(async (user) => welcomed(t, frozen.port, await tokenFor(user))))
  const slot = slotOf(old[0]?.welcome['position'])
  const topic = `${cluster.topics.slot}${slot}`
  const sessions = old.map(({ welcome }) => String(welcome['session']))
  let sent = 0
  /** So many to each session, numbered on, as late answers come to the slot that a session had. */
  const push = async (count: number): Promise<void> => {
    const messages = Array.from({ length: count }, (_, n) =>
      sessions.map((to) => ({
        value: JSON.stringify({ n: sent + n, to }),
        headers: { ce_to: `session:${to}` },
      })),
    ).flat()
    sent += count
    await cluster.kafka.send(topic, messages)
  }
  const expected = (from: number) => Array.from({ length: sent - from }, (_, n) => from + n)
  /** Milliseconds until each has so many of them. */
  const arrival = async (all: readonly TestClient[], count: number): Promise<number> => {
    const since = performance.now()
    const describe = () => `${count} each; got ${all.map((client) => messagesOf(client).length).join()}`
    await waitFor(() => all.every((client) => messagesOf(client).length >= count), {
      timeoutMs: 20_000,
      describe,
    })
    return Math.round(performance.now() - since)
  }

  await push(each)
  await arrival(old, each)
  frozen.signal('SIGSTOP')
  const frozenAt = performance.now()
  await push(each)
  const back = await Promise.all(
    old.map(async (client, n) => {
      const again = await connect(t, other.port, { token: await tokenFor(users[n] ?? '') })
      const { resumeToken: token } = client.welcome
      again.send({
        hello: { resume: { token, attempt: 1, position: messagesOf(client).at(-1)?.['position'] } },
      })
      return { ...again, welcome: await again.next('welcome') }
    }),
  )
  const missedMs = await arrival(back, each)
  await push(each)
  const lateMs = await arrival(back, 2 * each)
  const end = await cluster.kafka.endOffset(topic)
  // Whoever adopts the slot settles all of it.
  const settled = async () => (await cluster.kafka.committed(topic, topic)) >= end
  await waitFor(settled, { timeoutMs: 30_000, everyMs: 50, describe: 'the slot adopted and settled' })
  const adoptedMs = Math.round(performance.now() - frozenAt)
  const committed = await cluster.kafka.committed(topic, topic)

  const before = old.map((client) => messagesOf(client).length)
  const thawedAt = performance.now()
  frozen.signal('SIGCONT')
  const codes = await Promise.all(old.map(async ({ closed }) => (await closed).code))
  const isBack = async () => {
    const ready = await frozen.ready()
    return ready.ready && ready.slot !== slot && ready.slot
  }
  const slotAfter = await waitFor(isBack, { timeoutMs: 30_000, everyMs: 50, describe: 'another slot' })
  const backAfterMs = Math.round(performance.now() - thawedAt)
  const saidLate = old.reduce((sum, client, n) => sum + messagesOf(client).length - (before[n] ?? 0), 0)
  await push(each)
  const lastMs = await arrival(back, 3 * each)
  const committedAfter = await cluster.kafka.committed(topic, topic)
  print('F6 node frozen', {
    sessions: clients,
    recovered: back.filter(({ welcome }) => welcome['recovered'] === true).length,
    missedMs,
    lateMs,
    adoptedMs,
    codes: [...new Set(codes)],
    saidLate,
    slot,
    slotAfter,
    backAfterMs,
    lastMs,
    committed: [committed, committedAfter],
  })
  for (const client of back) assert.deepEqual(numbersOf(client), expected(each))
  for (const [n, client] of back.entries())
    assert.ok(messagesOf(client).every(({ payload }) => (payload as { to: string }).to === sessions[n]))
  assert.ok(back.every(({ welcome }) => welcome['resumed'] === true && welcome['recovered'] === true))
  assert.ok(codes.every((code) => code === 4510 || code === 4409))
  assert.equal(saidLate, 0, 'a thawed node writes nothing to sockets whose sessions are elsewhere')
  assert.ok(committedAfter >= committed, 'the committed offset was not rewound')
  assert.ok(backAfterMs <= backMs)
})
