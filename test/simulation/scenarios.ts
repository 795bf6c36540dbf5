// Named schedules: what is known to be hard about moving a session, step by step, and what must come of it.

import { checkEnd } from './check.ts'
import type { WorldSize } from './create-world.ts'
import { apply, type Operation } from './operations.ts'
import { quiesce } from './quiesce.ts'
import { type Rules, rules } from './rules.ts'
import { newWorld } from './simulate.ts'
import type { World } from './world.ts'

export type Outcome = { readonly world: World; readonly expected: Readonly<Record<string, boolean>> }

/** Names and arguments as the operations take them; the last argument 3 picks the plain case of each. */
export type Step = readonly [name: string, a?: number, b?: number]

/** Under rules other than the right ones a step may have nothing to do. */
export function play(steps: readonly Step[], with_: Rules = rules, size: Partial<WorldSize> = {}): World {
  const world = newWorld(with_, { nodes: 3, slots: 4, clients: 1, ...size }, false)
  for (const [name, a = 0, b = 0] of steps) {
    const operation: Operation = [name, a, b, 3]
    if (!apply(world, operation) && with_ === rules)
      throw new Error(`nothing to do for ${operation.join(' ')}`)
  }
  quiesce(world, () => false)
  checkEnd(world)
  return world
}

export const write = (node: number): readonly Step[] => [
  ['append', node],
  ['ack', node],
]
const takes = (node: number, slot: number): readonly Step[] => [['take', node, slot], ...write(node)]
/** The client is on node 0, slot 0; nodes 1 and 2 have slots 1 and 2. */
export const begun: readonly Step[] = [
  ...takes(0, 0),
  ...takes(1, 1),
  ...takes(2, 2),
  ['connect', 0, 0],
  ['receive', 0],
  ['hear'],
]
export const replies = (count: number, slot = 0): readonly Step[] =>
  Array.from({ length: count }, () => ['reply', 0, slot] as const)
/** Its takeovers in both logs are written, it is attached, and what it missed is on its way. */
export const resumes = (node: number, socket = 0, logs = 2): readonly Step[] => [
  ['connect', 0, node],
  ['receive', node, socket],
  ...Array.from({ length: logs }, () => write(node)).flat(),
  ['sweep', node, socket],
]

const arrived = (world: World): boolean => world.fates.every((fate) => fate.arrived > 0)
export const told = (world: World) => ({
  'everything arrives': arrived(world),
  'nothing is reported': world.counts.reports === 0,
  'no gap is told': world.counts.gaps === 0,
})

/** How many deliveries an adopter sends on after a kill when the client has confirmed them elsewhere. */
export function forwardsAfterKill(with_: Rules): number {
  const hears: readonly Step[] = Array.from({ length: 51 }, () => ['hear'] as const)
  const confirms: readonly Step[] = [['heartbeat', 1], ['hear'], ['confirm'], ['receive', 1]]
  const says: readonly Step[] = with_.settles ? [['append', 1]] : []
  const steps = [
    ...begun,
    ...replies(50),
    ['crash', 0],
    ...resumes(1),
    ...hears,
    ...confirms,
    ...says,
  ] as const
  return play(steps, with_).counts.forwards
}

export const scenarios: Readonly<Record<string, () => Outcome>> = {
  'a session outlives its node, the answer to a request in flight too': () => {
    const world = play([
      ...begun,
      ...replies(3),
      ['crash', 0],
      ...resumes(1),
      ...replies(1),
      ['follow', 1],
      ['follow', 1],
    ])
    return {
      world,
      expected: { ...told(world), 'it comes before anyone adopts the slot': world.counts.early === 1 },
    }
  },
  'the new node dies right after the takeover': () => {
    const world = play([
      ...begun,
      ...replies(3),
      ['crash', 0],
      ['connect', 0, 1],
      ['receive', 1],
      ['append', 1],
      ['crash', 1],
    ])
    return { world, expected: told(world) }
  },
  'the new node dies between the sweep and its settled record': () => {
    const world = play([
      ...begun,
      ...replies(3),
      ['crash', 0],
      ...resumes(1),
      ['hear'],
      ['hear'],
      ['crash', 1],
    ])
    return { world, expected: told(world) }
  },
  'a client that changed networks leaves a node that lives': () => {
    const world = play([...begun, ...replies(3), ...resumes(1), ...replies(2)])
    return { world, expected: told(world) }
  },
  'A, B, A, C with a backend that answers to the first slot all the time': () => {
    const world = play([
      ...begun,
      ...resumes(1),
      ...replies(2),
      ...resumes(0, 1),
      ...replies(2),
      ...resumes(2, 0, 3),
      ...replies(2),
    ])
    return { world, expected: told(world) }
  },
  'an adopter is at work while the new node still sweeps': () => {
    const reads: readonly Step[] = [
      ['read', 2, 1],
      ['read', 2, 1],
      ['read', 2, 1],
    ]
    const asks: readonly Step[] = [['connect', 0, 1], ['receive', 1], ...write(1), ...write(1)]
    const steps = [
      ...begun,
      ...replies(3),
      ['crash', 0],
      ...asks,
      ['steal', 2, 0],
      ...write(2),
      ...reads,
      ['sweep', 1],
    ] as const
    const world = play(steps)
    return { world, expected: told(world) }
  },
  'the adopter dies too': () => {
    const steps = [
      ...begun,
      ...replies(3),
      ['crash', 0],
      ['steal', 2, 0],
      ...write(2),
      ['read', 2, 1],
      ['crash', 2],
    ] as const
    const world = play([...steps, ...resumes(1)])
    return { world, expected: told(world) }
  },
  'a hello that comes late takes nothing from the later one': () => {
    const world = play([...begun, ['connect', 0, 1], ...resumes(2), ['receive', 1], ...write(1), ...write(1)])
    return {
      world,
      expected: { ...told(world), 'the older connection is turned away': world.counts.resumes === 1 },
    }
  },
  'a frozen node wakes and its writes go out late': () => {
    const steps = [
      ...begun,
      ...replies(2),
      ['freeze', 0],
      ...resumes(1),
      ['steal', 2, 0],
      ...write(2),
      ['thaw', 0],
    ] as const
    const world = play([...steps, ['read', 0], ['read', 0]])
    return { world, expected: told(world) }
  },
  'settled records spare an adopter the work that is done': () => {
    const [plain, spared] = [forwardsAfterKill({ ...rules, settles: false }), forwardsAfterKill(rules)]
    const world = play(begun)
    return { world, expected: { [`${plain} forwards without, ${spared} with`]: plain >= 50 && spared === 0 } }
  },
}
