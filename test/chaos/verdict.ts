// The last words of a run: counts whether it passed or not, and of each kind of violation the first with its story.
import type { Judgement } from './check/check.ts'
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
  print(line: string): void
}

/** How many kinds of violations get their story told. */
const mostStories = 6

export async function printVerdict(judgement: Judgement, options: VerdictOptions): Promise<void> {
  const { violations, inbound, deliveries, ends, faults, events } = judgement
  const { print, seed, heldBack } = options
  const done = [...faults].map(([kind, times]) => `${kind} ${times}`)
  print(`faults      ${[...faults.values()].reduce((sum, times) => sum + times, 0)}: ${done.join(', ')}`)
  print(`inward      ${inWords(inbound)}, ${heldBack} held back`)
  print(`outward     ${inWords(deliveries)}`)
  print(`the rest    ${inWords(ends)}`)
  print(`events      ${inWords(events) || 'none'}`)
  const kinds = Map.groupBy(violations, ({ invariant, how }) => `${invariant} ${how}`)
  for (const [name, list] of kinds) print(`VIOLATED    ${name}: ${list.length}`)
  print(`verdict     ${violations.length === 0 ? 'all promises kept' : 'BROKEN'}, seed ${seed}`)
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
