// What a fault is, and what it may lay hands on.
import type { Random } from '../simulation/random.ts'
import type { OwnStack } from '../support/stack.ts'
import type { Fleet } from './fleet.ts'
import type { History } from './history.ts'
import type { Nodes } from './nodes.ts'

export type World = {
  readonly nodes: Nodes
  readonly fleet: Fleet
  readonly stack: OwnStack
  readonly history: History
  /** How many nodes there should be. */
  readonly wanted: number
}

export type Fault = {
  readonly kind: string
  /** How often it is drawn, compared with the others. */
  readonly weight: number
  /** Two of one group never go on at the same time. */
  readonly group: string
  /** Milliseconds after it for which its group rests, so that one long outage does not come of several. */
  readonly restMs?: number
  /** Answers what was done, in a few words, or undefined where it could not be. `over`: heal now. All randomness is drawn before the first wait. */
  run(world: World, random: Random, over: AbortSignal): Promise<string | undefined>
}
