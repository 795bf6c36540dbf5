// F10: users flap between nodes every 100 ms while replies come for them: nothing reaches anybody else, and all are found again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pause } from '../chaos/pause.ts'
import { returnsIn, tell, timesOf } from '../support/fault-counts.ts'
import { startFaultRun } from '../support/fault-run.ts'

/** OPENCLAW_TEST_LONG=1: as many as the matrix of faults asks for. */
const [clients, repliesPerSecond] = process.env['OPENCLAW_TEST_LONG'] === '1' ? [200, 500] : [60, 200]
const rounds = 60
const everyMs = 100
/** From this round on a client moves on only when it was welcome: until then most welcomes come too late. */
const patientFrom = 30

const slotIn = (position: string | undefined): number => Number.parseInt(position?.split('.')[0] ?? '', 36)

test('users that flap between nodes get what is theirs, and an old close takes no newer entry away', async (t) => {
  const run = await startFaultRun(t, { nodes: 2, clients, slots: 4, seed: 10 })
  const { nodes, fleet, backend } = run
  const { ports } = nodes
  fleet.load(repliesPerSecond / 4)
  backend.push((repliesPerSecond * 3) / 4)
  const began = performance.now()
  let [drops, welcomes] = [0, 0]
  for (let round = 0; round < rounds; round += 1) {
    for (const [n, client] of fleet.clients.entries()) {
      if (client.welcomed) welcomes += 1
      else if (round >= patientFrom) continue
      drops += 1
      fleet.steered.set(n, ports[(n + round) % ports.length] ?? 0)
      client.socket.drop()
    }
    await pause(Math.max(1, began + (round + 1) * everyMs - performance.now()))
  }
  const flappedMs = performance.now() - began
  const stoppedAt = performance.now()
  await run.healed(30_000)
  const healedMs = performance.now() - stoppedAt
  const judged = await run.judge()
  const look = judged.entries.findLast((entry) => entry.e === 'registry')
  const slots = new Map(fleet.clients.map(({ session }) => [session.id, slotIn(session.position)]))
  const wrongSlot = look?.entries.filter(({ session, slot }) => slots.get(session) !== slot).length
  const counted = judged.judgement.violations.filter(({ invariant }) => invariant === 'I4').length
  tell('F10 flapping users', judged, {
    clients,
    drops,
    welcomedBetween: welcomes,
    everyMs: Math.round(flappedMs / rounds),
    healedMs: Math.round(healedMs),
    misdelivered: counted,
    entries: look?.entries.length,
    wrongSlot,
    closedByGateways: timesOf(returnsIn(judged.entries)),
    ends: judged.judgement.ends,
  })
  assert.deepEqual([look?.entries.length, wrongSlot, counted], [clients, 0, 0])
})
