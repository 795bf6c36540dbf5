// F1: nodes killed under load, and clients that flap meanwhile: what was acked is in Kafka, in order, and copies are known as such.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendLateHello } from '../chaos/late-hello.ts'
import { quantile, returnsIn, tell, timesOf, withinLoad } from '../support/fault-counts.ts'
import { type FaultRun, startFaultRun } from '../support/fault-run.ts'
import { waitFor } from '../support/wait.ts'

const kills = 3
const framesPerSecond = 200
const pushedPerSecond = 100

const loadFor = async ({ fleet }: FaultRun, ms: number): Promise<void> => {
  const until = performance.now() + ms
  const before = fleet.received
  await waitFor(() => performance.now() >= until && fleet.received > before, { timeoutMs: ms + 20_000 })
}

test('a node is killed three times with frames in flight: nothing acked is lost, clients go on elsewhere', async (t) => {
  const run = await startFaultRun(t, { nodes: 2, clients: 120, slots: 6, seed: 1 })
  const { nodes, fleet, backend } = run
  fleet.load(framesPerSecond)
  backend.push(pushedPerSecond)
  let inFlight = 0
  for (let kill = 0; kill < kills; kill += 1) {
    await loadFor(run, 1_500)
    // The older one: each kill hits another node.
    const [node] = nodes.alive
    assert.ok(node)
    await waitFor(() => run.unanswered() > 0)
    inFlight += run.unanswered()
    await Promise.all([nodes.kill(node), nodes.start()])
    await run.healed(40_000)
  }
  await loadFor(run, 1_000)
  const judged = await run.judge()
  const back = returnsIn(judged.entries)
  tell('F1 node killed', judged, { kills, inFlight, backMs: timesOf(back) })
  assert.ok(back.length > 0 && quantile(back, 0.99) < withinLoad(5_000))
  assert.ok((judged.judgement.inbound['copies'] ?? 0) <= inFlight, 'no more copies than were in flight')
})

test('clients flap from slot to slot and back, with late hellos and welcomes that never arrive', async (t) => {
  const run = await startFaultRun(t, { nodes: 2, clients: 40, slots: 4, seed: 2 })
  const { nodes, fleet, backend, history } = run
  fleet.load(framesPerSecond / 2)
  backend.push(pushedPerSecond)
  const [a = 0, b = 0] = nodes.ports
  let unseen = 0
  const moveTo = async (port: number): Promise<void> => {
    for (const [n, client] of fleet.clients.entries()) {
      fleet.steered.set(n, port)
      client.socket.drop()
    }
    // The hello is out; every other client is gone again before its welcome comes.
    for (const client of fleet.clients.filter((_, n) => n % 2 === 0)) {
      await waitFor(() => client.welcomed || client.socket.current?.ws.readyState === 1)
      if (!client.welcomed) unseen += 1
      client.socket.drop()
    }
    await run.healed(20_000)
  }
  for (const port of [a, b, a]) {
    await moveTo(port)
    await loadFor(run, 300)
  }
  fleet.steered.clear()
  await Promise.all(
    fleet.clients.slice(0, 12).map((_, n) => sendLateHello(fleet, n, n % 2 === 0 ? a : b, history)),
  )
  const judged = await run.judge()
  const late = judged.entries.filter(({ e }) => e === 'late-hello').length
  tell('F1 flapping', judged, {
    moves: 3,
    welcomesUnseen: unseen,
    lateHellos: late,
    ends: judged.judgement.ends,
  })
  assert.ok(unseen > 0 && late > 0)
})
