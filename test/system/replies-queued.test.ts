// F2: a node is killed with a thousand replies queued on its slot: each reaches its client through another node or is reported.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEnd } from '../support/cleanup.ts'
import { print, timesOf, withinLoad } from '../support/fault-counts.ts'
import { testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { ResumingClient } from '../support/resuming-client.ts'
import { waitFor } from '../support/wait.ts'

const clients = 50
const replies = 20
/** Every fifth client does not come back. */
const staysAway = (n: number): boolean => n % 5 === 4
const comeBackMs = 2_000

test('a thousand replies queued on the slot of a killed node arrive elsewhere in order, or are reported', async (t) => {
  const cluster = await testCluster(t, {
    overrides: { heartbeat: 1_000, delivery: { leaseTtl: 3_000, resumeWindow: 5_000 } },
  })
  const dead = await startProcess(t, cluster)
  const alive = await startProcess(t, cluster)
  const { slot } = await dead.ready()
  const topic = `${cluster.topics.slot}${slot}`
  const [requests, receipts] = [
    await cluster.kafka.read(cluster.echo),
    await cluster.kafka.read(cluster.topics.receipts),
  ]
  let port = dead.port
  const times = new Map<ResumingClient, { at: number; count: number }>()
  const all = Array.from({ length: clients }, (_, n) => {
    const client: ResumingClient = new ResumingClient({
      port: () => port,
      token: () => tokenFor(`u${n}`),
      instance: `c${n}`,
      confirms: n % 2 === 0 ? { every: 10, afterMs: 100 } : undefined,
      onEvent: ({ kind }) => {
        const seen = times.get(client) ?? { at: 0, count: 0 }
        if (kind === 'received') times.set(client, { at: performance.now(), count: seen.count + 1 })
      },
    })
    onEnd(t, () => client.stop())
    client.start()
    return client
  })
  await waitFor(() => all.every(({ welcomed }) => welcomed), { timeoutMs: 20_000 })
  for (const client of all)
    client.send({ id: 'ask', kind: 'request', route: 'echo', sequence: 1, payload: {}, timeoutMs: 60_000 })
  await waitFor(() => requests.length === clients, { timeoutMs: 20_000 })

  // Frozen first, so that it reads none of them.
  dead.signal('SIGSTOP')
  const messages = Array.from({ length: replies }, (_, nth) =>
    all.map(({ session }) => ({
      value: JSON.stringify({ uuid: `${session.id} ${nth}`, nth }),
      headers: { ce_to: `session:${session.id}` },
    })),
  )
  await cluster.kafka.send(topic, messages.flat())
  const [back, gone] = [all.filter((_, n) => !staysAway(n)), all.filter((_, n) => staysAway(n))]
  for (const client of gone) client.socket.vanish()
  port = alive.port
  const killedAt = performance.now()
  dead.signal('SIGKILL')
  const answers = requests.map(({ headers }) => {
    const { ce_replyto: _, ...rest } = headers
    const uuid = `answer to ${headers['ce_session']}`
    return { value: JSON.stringify({ uuid, nth: replies }), headers: rest }
  })
  await cluster.kafka.send(topic, answers)
  const answeredAfter = performance.now() - killedAt
  const whole = () => back.filter(({ record }) => record.received.length === replies + 1)
  await waitFor(() => whole().length === back.length, { timeoutMs: 30_000 }).catch(() => undefined)
  const took = back.map((client) => (times.get(client)?.at ?? 0) - killedAt).toSorted((a, b) => a - b)
  const away = gone.length * (replies + 1)
  await waitFor(() => receipts.length >= away, { timeoutMs: 40_000, everyMs: 20 }).catch(() => undefined)
  const reportedAfter = performance.now() - killedAt

  const told = receipts.map(({ text }) => JSON.parse(text) as Told)
  const places = new Set(told.map(({ origin }) => `${origin.topic}/${origin.offset}`))
  const reasons = Object.groupBy(told, ({ reason }) => reason)
  const expected = Array.from({ length: replies + 1 }, (_, nth) => nth)
  const nthsOf = ({ record }: ResumingClient) => record.received.map(({ payload }) => (payload as Nth).nth)
  const inOrder = back.filter((client) => nthsOf(client).join() === expected.join())
  const recovered = back.filter(({ record: { welcomes, gaps } }) => welcomes.at(-1)?.resumed && !gaps.length)
  const answered = back.filter(({ record }) => record.received.some(({ request }) => request === 'ask'))
  const delivered = back.reduce((sum, { record }) => sum + record.received.length, 0)
  print('F2 replies queued', {
    queued: clients * replies,
    answersAfterKill: clients,
    clients,
    cameBack: back.length,
    recovered: recovered.length,
    delivered,
    inOrder: inOrder.length,
    answered: answered.length,
    repeats: back.reduce((sum, { record }) => sum + record.repeats, 0),
    reported: places.size,
    copiesOfReports: told.length - places.size,
    reasons: Object.fromEntries(Object.entries(reasons).map(([reason, list]) => [reason, list?.length])),
    missing: clients * (replies + 1) - delivered - places.size,
    wholeMs: timesOf(took),
    answersSentMs: Math.round(answeredAfter),
    reportedMs: Math.round(reportedAfter),
  })
  assert.deepEqual([recovered.length, inOrder.length, answered.length], [40, 40, 40])
  assert.deepEqual([delivered, places.size], [40 * (replies + 1), away])
  const sessionsAway = new Set(gone.map(({ session }) => `session:${session.id}`))
  assert.ok(
    told.every(({ target }) => sessionsAway.has(target)),
    'nothing that arrived was reported',
  )
  assert.ok((took.at(-1) ?? 0) < withinLoad(comeBackMs), 'whole within 2 s, waiting for no lease')
})

type Nth = { readonly nth: number }
type Told = {
  readonly origin: { readonly topic: string; readonly offset: string }
  readonly target: string
  readonly reason: string
}
