// The last words of a run: counts whether it passed or not, and of each kind of violation the first with its story.
import type { Judgement } from './check/check.ts'
import { recoveryLines } from './check/recovery.ts'
import type { Counts, Violation } from './check/violation.ts'
import { tellStory } from './story.ts'

const inWords = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, value]) => `${value} ${name}`)
    .join(', ')

export type VerdictOptions = {
  readonly seed: number
  readonly history: string
  /** Milliseconds since the epoch at which the run began. */
  readonly began: number
  readonly heldBack: number
  /** With the time before it. */
  say(line: string): void
  print(line: string): void
}

/** How many kinds of violations get their story told. */
const mostStories = 6

export async function printVerdict(judgement: Judgement, options: VerdictOptions): Promise<void> {
  const { violations, inbound, deliveries, ends, faults, events } = judgement
  const { say, seed, heldBack } = options
  const done = [...faults].map(([kind, times]) => `${kind} ${times}`)
  say(`faults      ${[...faults.values()].reduce((sum, times) => sum + times, 0)}: ${done.join(', ')}`)
  say(`inward      ${inWords(inbound)}, ${heldBack} held back`)
  say(`outward     ${inWords(deliveries)}`)
  say(`the rest    ${inWords(ends)}`)
  say(`events      ${inWords(events) || 'none'}`)
  for (const line of recoveryLines(judgement.recovery)) say(line)
  const kinds = Map.groupBy(violations, ({ invariant, how }) => `${invariant} ${how}`)
  for (const [name, list] of kinds) say(`VIOLATED    ${name}: ${list.length}`)
  say(`verdict     ${violations.length === 0 ? 'all promises kept' : 'BROKEN'}, seed ${seed}`)
  let told = 0
  for (const [name, list] of kinds) {
    const [first] = list
    if (first === undefined || ++told > mostStories) break
    await printStory(name, first, options)
  }
}

async function printStory(
  name: string,
  violation: Violation,
  { history, began, print }: VerdictOptions,
): Promise<void> {
  print('')
  print(`--- ${name}`)
  print(violation.detail)
  for (const line of await tellStory(history, violation, began)) print(line)
}
