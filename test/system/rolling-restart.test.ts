// F22: three nodes are restarted one after the other under load: nothing acked is lost, nothing is silently lost, gaps are short.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quantile, returnsIn, tell, timesOf, withinLoad } from '../support/fault-counts.ts'
import { startFaultRun } from '../support/fault-run.ts'
import { waitFor } from '../support/wait.ts'

const clients = 120
const framesPerSecond = 200
const pushedPerSecond = 100
const gapMs = 2_000

test('three nodes are restarted one after the other under load and nobody loses anything', async (t) => {
  const run = await startFaultRun(t, { nodes: 3, clients, slots: 8, seed: 22 })
  const { nodes, fleet, backend } = run
  fleet.load(framesPerSecond)
  backend.push(pushedPerSecond)
  const stops: number[] = []
  for (const node of nodes.alive) {
    const before = fleet.received
    await waitFor(() => fleet.received > before + 100, { timeoutMs: 20_000 })
    const asked = performance.now()
    assert.ok(await nodes.stop(node, 20_000), `${node.name} ended by itself`)
    stops.push(Math.round(performance.now() - asked))
    await nodes.start()
    await run.healed(40_000)
  }
  const judged = await run.judge()
  const gaps = returnsIn(judged.entries)
  tell('F22 rolling restart', judged, {
    restarts: stops.length,
    stopMs: stops,
    gapMs: timesOf(gaps),
    ends: judged.judgement.ends,
  })
  assert.equal(judged.judgement.deliveries['gaps told'], 0)
  assert.ok(gaps.length >= clients / 2 && quantile(gaps, 0.99) < withinLoad(gapMs))
})
