// Schedules in which something was forgotten that mattered later: each holds under the rules, and fails under one broken on purpose.

import { type Rules, rules } from './rules.ts'
import { begun, play, replies, resumes, type Step, write } from './scenarios.ts'
import type { World } from './world.ts'

export const reads = (node: number, count: number, tenure = 0): readonly Step[] =>
  Array.from({ length: count }, () => ['read', node, tenure] as const)
export const beats = (node: number): readonly Step[] => [['beat', node], ...write(node)]

/** The session went from slot 0 to slot 1, which slot 0 has forgotten, and the client's position is in slot 1. */
const moved: readonly Step[] = [
  ...begun,
  ...resumes(1),
  ['hear'],
  ['heartbeat', 1],
  ['hear'],
  ...beats(0),
  ...reads(0, 3),
  ['forget', 0],
  ['commit', 0],
]
/** The registry is away, so slot 0 ends the session though it lives. */
const endedByMistake: readonly Step[] = [
  ...moved,
  ...replies(2),
  ...reads(0, 2),
  ['away'],
  ['crowd', 0],
  ...write(0),
  ['read', 0],
  ...write(0),
  ...write(0),
]

type Schedule = { readonly breaks: string; run(with_?: Rules): World }

export const memorySchedules: Readonly<Record<string, Schedule>> = {
  'a session that ended by mistake comes back, and has nothing that was reported': {
    breaks: 'what comes for an ended session is reported though no end stands behind it',
    run: (with_ = rules) =>
      play(
        [
          ...endedByMistake,
          ['connect', 0, 0],
          ['receive', 0],
          ...replies(1),
          ['read', 0],
          ...write(0),
          ...write(0),
        ],
        with_,
      ),
  },
  'an adopter reports again what was reported, though the session lives': {
    breaks: 'what the backlog says further on is forgotten before it is reached',
    run: (with_ = rules) => {
      const forgets: readonly Step[] = with_ === rules ? [] : [['forget', 2, 1]]
      return play(
        [
          ...endedByMistake,
          ['away'],
          ['crash', 0],
          ['steal', 2, 0],
          ...write(2),
          ...forgets,
          ...reads(2, 3, 1),
        ],
        with_,
      )
    },
  },
  'what a new node read early is not said never to have arrived': {
    breaks: 'a session is forgotten while whoever took it over may read on',
    run: (with_ = rules) => {
      const forgets: readonly Step[] = with_ === rules ? [] : [['forget', 0], ['away']]
      const ends: readonly Step[] = with_ === rules ? [] : [['crowd', 0]]
      return play(
        [
          ...begun,
          ...resumes(1),
          ['hear'],
          ...reads(0, 2),
          ...forgets,
          ...replies(2),
          ['follow', 1],
          ['follow', 1],
          ['follow', 1],
          ...reads(0, 2),
          ...ends,
          ...write(0),
          ...write(0),
          ...(with_ === rules ? [] : reads(0, 2)),
        ],
        with_,
      )
    },
  },
}
