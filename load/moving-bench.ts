// What the rules of moving cost for a delivery to a client that is here: `node load/moving-bench.ts [records]`.
import { onDelivery } from '../gateway/moving/on-record.ts'
import { onAttach, onConfirm, onSwept, onWritten } from '../gateway/moving/on-session.ts'
import { createSlotState, type SlotState, watermark } from '../gateway/moving/slot-state.ts'

const records = Number(process.argv[2] ?? 1_000_000)
const sessions = Array.from({ length: 500 }, (_, index) => `session-${index}-${(index * 7919) % 104729}`)
/** Deliveries of a session between two of its confirmations. */
const perConfirm = 100

function attach(confirms: boolean, legs: number): SlotState {
  const state = createSlotState(1, 1, 0, 0, 8)
  const covered = Array.from({ length: legs }, (_, index) => ({ slot: 10 + index, from: 5, to: 9 }))
  for (const session of sessions) {
    onAttach(state, { session, generation: 1, confirms, covered })
    onSwept(state, session)
  }
  return state
}

/** Nanoseconds of CPU for each record, the records and their reading left out. */
function run(state: SlotState, confirms: boolean): number {
  const first = state.next
  const arrivals = Array.from({ length: records }, (_, index) => ({
    offset: first + index,
    // Bursts of ten, as answers of one backend batch come.
    session: sessions[Math.floor(index / 10) % sessions.length] as string,
    origin: { slot: 1, offset: first + index },
    hops: 0,
    generation: -1,
    body: undefined,
  }))
  const counts = new Map(sessions.map((session) => [session, 0]))
  let reported = 0
  const before = process.cpuUsage()
  for (const arrival of arrivals) {
    const { session, offset } = arrival
    for (const action of onDelivery(state, arrival))
      if (action.kind === 'write') onWritten(state, action.entry.offset)
    if (confirms) {
      const count = (counts.get(session) ?? 0) + 1
      counts.set(session, count % perConfirm)
      if (count === perConfirm) onConfirm(state, session, 1, offset + 1)
    }
    if (offset % 1000 === 0) reported += watermark(state)
  }
  const { user, system } = process.cpuUsage(before)
  if (reported < 0) throw new Error('unreachable')
  return ((user + system) * 1000) / records
}

for (const confirms of [false, true])
  for (const legs of [0, 2, 8]) {
    const state = attach(confirms, legs)
    const runs = Array.from({ length: 6 }, () => Math.round(run(state, confirms)))
    const what = confirms ? `confirms every ${perConfirm}` : 'does not confirm'
    console.log(`${what}, ${legs} legs: ${Math.min(...runs)} ns per record (${runs.join(', ')})`)
  }
