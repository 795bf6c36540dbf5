// Rules broken on purpose, each of which the simulator has to notice, and other mechanisms that were weighed.
import type { Action } from '../../gateway/moving/actions.ts'
import { type Arrival, entriesOf, type SlotState } from '../../gateway/moving/slot-state.ts'
import { type Rules, rules } from './rules.ts'

const onlyForeign = (actions: readonly Action[]): readonly Action[] =>
  actions.filter(({ kind }) => kind !== 'lost')

const takeForOne =
  (seen: Set<string>) =>
  ({ origin }: Arrival): boolean => {
    const name = `dispatch/${origin.offset}`
    if (origin.slot !== undefined) return true
    const fresh = !seen.has(name)
    seen.add(name)
    return fresh
  }

/** Each name is a sentence about what goes wrong. */
export const broken: Readonly<Record<string, Rules>> = {
  'what was read is committed, not what is settled': { ...rules, watermark: (state) => state.next },
  'a session ends without a word in the log': {
    ...rules,
    onWindowOver: (state, session) =>
      state.attached.has(session)
        ? []
        : entriesOf(state, session)
            .filter((entry) => entry.state !== 'leaving')
            .map((entry) => {
              entry.state = 'leaving'
              return { kind: 'report', entry, reason: entry.mayHaveArrived ? 'unconfirmed' : 'no-session' }
            }),
  },
  'an old holder does not heed the canary of the next': {
    ...rules,
    onControl: (...given) => onlyForeign(rules.onControl(...given)),
    isTooLate: () => false,
    isFenced: () => false,
  },
  'a resume reads the log of its position alone': {
    ...rules,
    onScanned: (resume, leg, marker, log, controls) =>
      rules.onScanned(
        resume,
        leg,
        marker,
        log,
        controls.filter(({ record }) => record.kind !== 'takeover'),
      ),
  },
  'a resume does not heed the end of its session': {
    ...rules,
    onScanned: (resume, leg, marker, log, controls) =>
      rules.onScanned(
        resume,
        leg,
        marker,
        log,
        controls.filter(({ record }) => record.kind !== 'ended'),
      ),
  },
  'everything that was not confirmed is said never to have arrived': {
    ...rules,
    onDelivery: (state, arrival) => {
      state.seenBefore = 0
      return rules.onDelivery(state, arrival)
    },
  },
  'forwards are taken as repeats of the whole log, not of the part that was swept': {
    ...rules,
    coveredBy: (resume) => rules.coveredBy(resume).map((range) => ({ ...range, from: 0 })),
  },
  'the sweep goes on where the log has lost its beginning': { ...rules, hasLost: () => false },
  'deliveries settle once written, confirmed or not': {
    ...rules,
    onWritten: (state, offset) => {
      rules.onWritten(state, offset)
      const entry = state.entries.get(offset)
      if (entry !== undefined) rules.onLeft(state, entry)
    },
  },
  'two dispatched records with one offset are taken for one': {
    ...rules,
    toSweep: (resume, leg, arrivals, seen) =>
      rules.toSweep(resume, leg, arrivals.filter(takeForOne(seen)), seen),
  },
  'what stands in the log of an earlier slot is never sent on': {
    ...rules,
    onControl: (...given) => rules.onControl(...given).filter(({ kind }) => kind !== 'forward'),
  },
}

/** Sessions taken over of which no canary has been read since, by the state of their old holder. */
const handedOver = new WeakMap<SlotState, Set<string>>()

/** Forwards of a session whose new node reads this log itself are left out: the entries wait to be settled. */
function leaveToReader(state: SlotState, actions: readonly Action[]): readonly Action[] {
  const sessions = handedOver.get(state)
  return actions.filter((action) => {
    if (action.kind !== 'forward' || !sessions?.has(action.entry.session)) return true
    action.entry.state = 'waiting'
    return false
  })
}

/** The log's holder leaves what stands before the first canary behind a takeover to the new node's sweep. */
const leftToTheSweep: Rules = {
  ...rules,
  onControl: (state, offset, record) => {
    if (record.kind === 'canary') handedOver.delete(state)
    if (record.kind === 'takeover' && record.slot !== state.slot && offset >= state.foreseenTo)
      handedOver.set(state, (handedOver.get(state) ?? new Set()).add(record.session))
    return leaveToReader(state, rules.onControl(state, offset, record))
  },
  onDelivery: (state, arrival) => leaveToReader(state, rules.onDelivery(state, arrival)),
}

export const alternatives: Readonly<Record<string, Rules>> = {
  'the old holder leaves what is before the next canary to the sweep': leftToTheSweep,
  'no following at all': { ...rules, follows: false },
  'following for as long as the session lives': {
    ...rules,
    onFollowedControl: (attached, following, offset, record) => {
      if (record.kind !== 'canary') return rules.onFollowedControl(attached, following, offset, record)
      return rules.onFollowedControl(attached, following, offset, {
        kind: 'settled',
        session: '',
        from: 0,
        to: 0,
      })
    },
  },
  'no settled records': { ...rules, settles: false },
  'no reading ahead of the backlog': { ...rules, foresee: () => undefined },
  'neither following nor settled records': { ...rules, follows: false, settles: false },
}
