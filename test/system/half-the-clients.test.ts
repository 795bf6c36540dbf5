// F21: one of two nodes dies with half of the clients: all of them are back within ten seconds, with the session they had.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { returnsIn, tell, timesOf, withinLoad } from '../support/fault-counts.ts'
import { startFaultRun } from '../support/fault-run.ts'

const clients = 2_000
const framesPerSecond = 60
const pushedPerSecond = 60
const backMs = 10_000

test('half of the clients lose their node and come back to the other, each to its session', async (t) => {
  const run = await startFaultRun(t, {
    nodes: 2,
    clients,
    slots: 4,
    seed: 21,
    // Idle connections cost as little as they do in production.
    overrides: { heartbeat: 10_000 },
  })
  const { nodes, fleet, backend } = run
  fleet.load(framesPerSecond)
  backend.push(pushedPerSecond)
  const [dead, alive] = nodes.alive
  assert.ok(dead && alive)
  const lost = fleet.clients.filter(({ socket }) => socket.current?.port === dead.port).length
  const loopMs = async () => {
    const response = await fetch(`http://127.0.0.1:${alive.adminPort}/metrics`)
    const seconds = /^openclaw_event_loop_delay_p99_seconds (\S+)$/m.exec(await response.text())?.[1]
    return Math.round(Number(seconds) * 1_000)
  }
  const loopBefore = await loopMs()
  const killedAt = performance.now()
  await nodes.kill(dead)
  await run.healed(60_000)
  const healedMs = performance.now() - killedAt
  const loopP99Ms = await loopMs()
  const ended = fleet.clients.filter((client) => client.ended !== undefined).length
  const judged = await run.judge()
  tell('F21 half the clients', judged, {
    clients,
    lost,
    backMs: timesOf(returnsIn(judged.entries)),
    healedMs: Math.round(healedMs),
    endedForGood: ended,
    newSessions: judged.judgement.deliveries['gaps told'],
    loopP99Ms,
    loopP99BeforeMs: loopBefore,
  })
  assert.deepEqual([ended, judged.judgement.deliveries['gaps told']], [0, 0])
  assert.ok(lost > clients / 4 && healedMs < withinLoad(backMs))
})
