// More named schedules: what is forgotten, ended on purpose, or too far to follow.
import { beats, reads } from './memory-scenarios.ts'
import { begun, type Outcome, play, replies, resumes, type Step, told, write } from './scenarios.ts'

export const laterScenarios: Readonly<Record<string, () => Outcome>> = {
  'a slot that has forgotten where a session went sends its answers on all the same': () => {
    const world = play([
      ...begun,
      ...resumes(1),
      ...beats(0),
      ...reads(0, 3),
      ['forget', 0],
      ...replies(2, 0),
    ])
    return { world, expected: { ...told(world), 'they are sent on': world.counts.forwards > 0 } }
  },
  'where a session went is not forgotten while its new node may still read on': () => {
    const steps = [...begun, ...resumes(1), ...reads(0, 2)] as const
    const world = play(steps)
    const forgets = (): unknown => play([...steps, ['forget', 0]])
    let forgotten = true
    try {
      forgets()
    } catch {
      forgotten = false
    }
    return { world, expected: { ...told(world), 'nothing is forgotten': !forgotten } }
  },
  'what waits for a session that its client ended is reported before any window is over': () => {
    const world = play([
      ...begun,
      ...replies(2),
      ...reads(0, 3),
      ['bye'],
      ['receive', 0],
      ...write(0),
      ['read', 0],
      ...write(0),
      ...write(0),
    ])
    return { world, expected: { 'both are reported': world.counts.reports === 2 } }
  },
  'the client that ended its session resumes nothing, and a late answer is reported': () => {
    const world = play([...begun, ['bye'], ['receive', 0], ...replies(1)])
    return { world, expected: { 'it is reported': world.counts.reports === 1 } }
  },
  'a way through more logs than may be read ends in a new session': () => {
    const far: readonly Step[] = [['connect', 0, 1], ['receive', 1], ...write(1), ...write(1)]
    const world = play([...begun, ...replies(2), ...far, ['connect', 0, 2], ['receive', 2]], undefined, {
      maxLegs: 2,
    })
    return {
      world,
      expected: {
        'the gap is told': world.counts.gaps === 1,
        'it is reported': world.counts.reports === 2,
        'the cap was reached': world.capped,
      },
    }
  },
}
