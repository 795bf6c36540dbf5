// Kafka killed with -9 under load: what was acked is there, in order, and clients are acked again after.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, type TestClient, welcomed } from '../support/client.ts'
import { startNode, testCluster } from '../support/gateway.ts'
import { tokenFor } from '../support/keys.ts'
import { startProcess } from '../support/node-process.ts'
import { ownStack } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const clients = 50
const perSecond = 1_000
const outageMs = 5_000

type Sender = { client: TestClient; user: string; sent: number; acked: Set<number>; refused: Set<number> }

function collect(sender: Sender): void {
  for (const frame of sender.client.frames.splice(0)) {
    const sequence = Number(frame['id'])
    if (frame.kind === 'ack') sender.acked.add(sequence)
    if (frame.kind === 'refusal') sender.refused.add(sequence)
  }
}

test('Kafka killed for 5 s under 1,000 msg/s: no acked message is lost, order is kept per key', async (t) => {
  const stack = await ownStack(t)
  const cluster = await testCluster(t, { stack })
  const node = await startNode(t, cluster)
  const senders: Sender[] = await Promise.all(
    Array.from({ length: clients }, async (_, n) => {
      const user = `u${n}`
      const client = await welcomed(t, node.port, await tokenFor(user))
      return { client, user, sent: 0, acked: new Set<number>(), refused: new Set<number>() }
    }),
  )
  const started = performance.now()
  const due = () => ((performance.now() - started) / 1000) * perSecond
  let total = 0
  const sendDue = () => {
    for (; total < due(); total++) {
      const sender = senders[total % clients] as Sender
      const sequence = ++sender.sent
      sender.client.send({
        publish: { id: String(sequence), sequence: String(sequence), route: 'echo', payload: { sequence } },
      })
    }
    for (const sender of senders) collect(sender)
  }
  const loadUntil = async (fact: () => boolean, timeoutMs: number) =>
    waitFor(
      () => {
        sendDue()
        return fact()
      },
      { timeoutMs, describe: 'load to get so far' },
    )
  const acked = () => senders.reduce((sum, sender) => sum + sender.acked.size, 0)
  const refused = () => senders.reduce((sum, sender) => sum + sender.refused.size, 0)

  await loadUntil(() => acked() > 2_000, 20_000)
  await stack.kafka.kill()
  const killedAt = performance.now()
  await loadUntil(() => performance.now() - killedAt > outageMs, outageMs + 5_000)
  const restarted = stack.kafka.start()
  const before = acked()
  await loadUntil(() => acked() > before + 2_000, 60_000)
  const backAfter = performance.now() - killedAt - outageMs
  await restarted
  await waitFor(
    () => {
      for (const sender of senders) collect(sender)
      return acked() + refused() === total
    },
    {
      timeoutMs: 40_000,
      describe: () => `an answer to each of ${total}: ${acked()} acked, ${refused()} refused`,
    },
  )

  const records = await cluster.kafka.read(cluster.echo)
  const inKafka = new Map<string, number[]>()
  await waitFor(
    async () => {
      const ends = await Promise.all(
        [0, 1].map((partition) => cluster.kafka.endOffset(cluster.echo, partition)),
      )
      return records.length >= (ends[0] ?? 0) + (ends[1] ?? 0)
    },
    { timeoutMs: 30_000, everyMs: 50, describe: 'all records read back' },
  )
  for (const { key, headers } of records) {
    const list = inKafka.get(key ?? '') ?? []
    list.push(Number(headers['ce_sequence']))
    inKafka.set(key ?? '', list)
  }
  let missing = 0
  let repeated = 0
  let reordered = 0
  for (const { user, acked: ackedHere } of senders) {
    const list = inKafka.get(user) ?? []
    const firsts = [...new Set(list)]
    repeated += list.length - firsts.length
    for (const sequence of ackedHere) if (!firsts.includes(sequence)) missing++
    // A refused message may stand anywhere; the rest has to stand as it was sent.
    const kept = firsts.filter((sequence) => ackedHere.has(sequence))
    for (let at = 1; at < kept.length; at++) if ((kept[at] ?? 0) < (kept[at - 1] ?? 0)) reordered++
  }
  const counts = {
    sent: total,
    acked: acked(),
    refused: refused(),
    inKafka: records.length,
    missing,
    repeated,
    reordered,
  }
  t.diagnostic(`${JSON.stringify(counts)}, acked again after ${Math.round(backAfter)} ms`)
  assert.deepEqual([missing, reordered], [0, 0])
  assert.ok(
    senders.every(({ client }) => client.ws.readyState === client.ws.OPEN),
    'no connection was closed',
  )
})

test('with Kafka gone new handshakes are refused, and SIGTERM still ends the process with 0', async (t) => {
  const stack = await ownStack(t)
  const cluster = await testCluster(t, { stack })
  const node = await startProcess(t, cluster)
  const client = await welcomed(t, node.port, await tokenFor('alice'))
  await stack.kafka.kill()
  await waitFor(async () => (await node.ready()).reasons.some(({ code }) => code === 'broker-unavailable'), {
    timeoutMs: 10_000,
    describe: 'the node to notice',
  })
  const late = await connect(t, node.port)
  assert.equal((await late.closed).code, 1013)
  await assert.rejects(
    connect(t, node.port, { protocols: [], path: '/echo', token: await tokenFor('bob') }),
    /HTTP 503/,
  )
  const stoppedAt = performance.now()
  node.signal('SIGTERM')
  await client.next('goaway')
  assert.equal(await node.exited, 0)
  t.diagnostic(JSON.stringify({ stoppedAfterMs: Math.round(performance.now() - stoppedAt) }))
})
