// More rules broken on purpose: what is remembered, held and capped.
import { report } from '../../gateway/moving/leave.ts'
import type { SlotState } from '../../gateway/moving/slot-state.ts'
import { type Rules, rules } from './rules.ts'

type Forgets = Pick<Rules, 'forget' | 'forgetOldest'>

/** Forgets under a state that was changed for as long as that takes. */
const forgetWith = (change: (state: SlotState) => () => void): Forgets => {
  const around =
    <Answer>(act: (state: SlotState) => Answer) =>
    (state: SlotState): Answer => {
      const restore = change(state)
      const answer = act(state)
      restore()
      return answer
    }
  return {
    forget: (state, session) => around((it) => rules.forget(it, session))(state),
    forgetOldest: (state, most) => around((it) => rules.forgetOldest(it, most))(state),
  }
}

export const brokenLater: Readonly<Record<string, Rules>> = {
  'a session is forgotten while whoever took it over may read on': {
    ...rules,
    ...forgetWith((state) => {
      const { canaryAt } = state
      state.canaryAt = Number.POSITIVE_INFINITY
      return () => {
        state.canaryAt = canaryAt
      }
    }),
  },
  'what the backlog says further on is forgotten before it is reached': {
    ...rules,
    ...forgetWith((state) => {
      const { next } = state
      state.next = Number.POSITIVE_INFINITY
      return () => {
        state.next = next
      }
    }),
  },
  'what comes for an ended session is reported though no end stands behind it': {
    ...rules,
    onDelivery: (state, arrival) => {
      const { session } = arrival
      const over = state.ended.get(session)?.over === true
      const actions = rules.onDelivery(state, arrival)
      const entry = state.entries.get(arrival.offset)
      return over && entry?.state === 'waiting' ? report([entry]) : actions
    },
  },
  'an end does not say how far its writer had read': {
    ...rules,
    onWindowOver: (state, session) =>
      rules
        .onWindowOver(state, session)
        .map((action) =>
          action.kind === 'append' && action.record.kind === 'ended'
            ? { ...action, record: { ...action.record, readFrom: 0 } }
            : action,
        ),
  },
  'what is no delivery holds no place': {
    ...rules,
    holdPlace: (state, offset) => {
      const entry = rules.holdPlace(state, offset)
      state.entries.settle(entry)
      return entry
    },
  },
  'logs past the cap are left out and nothing is said': {
    ...rules,
    onScanned: (resume, ...given) => {
      rules.onScanned(resume, ...given)
      if (resume.refused === 'lost' && resume.legs.length >= resume.maxLegs) resume.refused = undefined
    },
  },
}
