// What the rules of moving cost for a delivery to a client that is here: `node load/moving-bench.ts [rounds]`.
import { onDelivery } from '../gateway/moving/on-record.ts'
import { onAttach, onConfirm, onSwept, onWritten } from '../gateway/moving/on-session.ts'
import { type Arrival, createSlotState, type SlotState, watermark } from '../gateway/moving/slot-state.ts'

const rounds = Number(process.argv[2] ?? 20)
const recordsInRound = 200_000
/** Deliveries of a session between two of its confirmations. */
const perConfirm = 100
const names = Array.from({ length: 500 }, (_, index) => `session-${index}-${(index * 7919) % 104729}`)

function attach(sessions: readonly string[], confirms: boolean, legs: number): SlotState {
  const state = createSlotState(1, 1, 0, 0, 8)
  const covered = Array.from({ length: legs }, (_, index) => ({ slot: 10 + index, from: 5, to: 9 }))
  for (const session of sessions) {
    onAttach(state, { session, generation: 1, confirms, covered })
    onSwept(state, session)
  }
  return state
}

/** Nanoseconds of CPU for each record, garbage collection with it. Bursts of ten, as answers of one backend batch come. */
function run(sessions: readonly string[], first: number, handle: (arrival: Arrival) => void): number {
  const before = process.cpuUsage()
  for (let offset = first; offset < first + recordsInRound; offset++) {
    const session = sessions[Math.floor(offset / 10) % sessions.length] ?? ''
    handle({
      offset,
      session,
      origin: { slot: 1, offset },
      hops: 0,
      generation: -1,
      body: undefined,
    })
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / recordsInRound
}

const best = (what: () => number): number =>
  Math.round(Math.min(...Array.from({ length: rounds }, () => what())))

let seen = 0
const nothing = best(() => run(names, 0, ({ offset }) => (seen += offset)))
console.log(`making the arrivals alone: ${nothing} ns (left out below)`)
for (const confirms of [false, true])
  for (const [count, legs] of [
    [1, 0],
    [500, 0],
    [500, 8],
  ] as const) {
    const sessions = names.slice(0, count)
    const state = attach(sessions, confirms, legs)
    const cost = best(() =>
      run(sessions, state.next, (arrival) => {
        const { session, offset } = arrival
        for (const action of onDelivery(state, arrival))
          if (action.kind === 'write') onWritten(state, action.entry.offset)
        const waiting = confirms ? (state.bySession.get(session)?.size ?? 0) : 0
        if (waiting === perConfirm) onConfirm(state, session, 1, offset + 1)
        if (offset % 1000 === 0) seen += watermark(state)
      }),
    )
    const how = confirms ? `confirm every ${perConfirm}` : 'do not confirm'
    console.log(`${count} sessions that ${how}, ${legs} legs: ${cost - nothing} ns per record`)
  }
if (seen < 0) throw new Error('unreachable')
