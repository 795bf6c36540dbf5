// Opening sessions on a slot that only notes what is asked of it.
import type { Connection } from '../../../gateway/connection/connection.ts'
import type { Hello } from '../../../gateway/protocol/frames.ts'
import { createOpenSession } from '../../../gateway/session/open-session.ts'
import type { Home } from '../../../gateway/session/ports.ts'
import { issueResumeToken } from '../../../gateway/session/resume-token.ts'
import { Roster } from '../../../gateway/session/roster.ts'
import type { Session } from '../../../gateway/session/session.ts'
import { alice, fakeHome } from '../fakes.ts'

/** A session there was before. */
export const id = 'A'.repeat(22)
/** Its first generation. */
export const birth = 1_700_000_000_000
const token = issueResumeToken({ session: id, birth }, alice, 's')
/** Asks for the session, as alice may. */
export const resume = (of: Partial<NonNullable<Hello['resume']>> = {}): Hello => ({
  kind: 'hello',
  resume: { token, attempt: 2, position: '3.5.a.0', ...of },
})

export function opening(of: Partial<Home> = {}) {
  const roster = new Roster<Connection>()
  const bound: Session[] = []
  const log: string[] = []
  const here = { slot: 3, since: 10, next: 10, hash: 35 }
  const home: Home = fakeHome({
    slot: 3,
    epoch: 9,
    topic: 'slot.3',
    here,
    positionOf: () => here,
    bringBack(session, generation, { slot, since, next }) {
      log.push(`bring back ${session === id ? 'it' : session} ${generation - birth} ${slot}.${since}.${next}`)
      return Promise.resolve({ since: 7 })
    },
    attach(session, returning) {
      log.push(`attach ${session.since}${returning === undefined ? '' : ' back'}`)
      return true
    },
    welcomed: () => void log.push('welcomed'),
    left: (_session, resumable) => void log.push(`left ${resumable ? 'for now' : 'for good'}`),
    ...of,
  })
  const state = { home: home as Home | undefined, binding: () => {}, revoked: '', overBefore: 0 }
  const openSession = createOpenSession({
    roster,
    home: () => state.home,
    async bind(session) {
      bound.push(session)
      await Promise.resolve()
      state.binding()
    },
    onOpened: (_session, resumed) => void log.push(resumed ? 'resumed' : 'connected'),
    revoked: {
      isRevoked: ({ id }) => id === state.revoked,
      isOver: ({ birth }) => birth < state.overBefore,
    },
    secrets: ['s', 'older'],
    window: 10,
    maxRequests: 10,
    heartbeatMs: 25_000,
    maxFrameBytes: 65_536,
    maxInflight: 100,
  })
  return { roster, bound, log, state, openSession }
}
