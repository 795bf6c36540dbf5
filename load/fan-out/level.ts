// Everything that is measured with one number of subscribers: all sides connected at once, by turns, round after round.
import { setTimeout as wait } from 'node:timers/promises'
import { othersBetween, snapshot } from '../cpu.ts'
import { cpuTimeOf } from './cpu-time.ts'
import type { Crowd } from './crowd.ts'
import { burstFactor, bursts, type FanOutOptions, type Shape, type SideName } from './options.ts'
import { measure, orderOf, type Pass, type Row } from './pass.ts'
import type { Side } from './side.ts'
import { type SideDeps, startSide } from './sides.ts'

export type Level = {
  readonly subscribers: number
  readonly passes: readonly Pass[]
  /** Milliseconds of CPU a second that each server takes while nothing is sent. */
  readonly idle: Readonly<Partial<Record<SideName, number>>>
  /** Cores that programs which are none of ours took meanwhile. */
  readonly others: number
}

export type LevelDeps = SideDeps & {
  readonly options: FanOutOptions
  readonly crowd: Crowd
  /** Processes of ours beside the servers. */
  readonly pids: Readonly<Record<string, number>>
  readonly tokens: readonly string[]
  tell(text: string): void
}

const idleMs = 1_500

const idleOf = async (sides: readonly Side[]): Promise<Level['idle']> => {
  const before = sides.map(({ child }) => cpuTimeOf(child.pid))
  const started = performance.now()
  await wait(idleMs)
  const seconds = (performance.now() - started) / 1_000
  return Object.fromEntries(
    sides.map(({ name, child }, n) => [name, (cpuTimeOf(child.pid) - (before[n] ?? 0)) / 1_000 / seconds]),
  )
}

const connect = async (deps: LevelDeps, subscribers: number): Promise<Side[]> => {
  const sides: Side[] = []
  for (const name of deps.options.sides) {
    const side = await startSide(name, deps)
    if (side === undefined) continue
    sides.push(side)
    await deps.crowd.open(side, subscribers, deps.tokens)
  }
  return sides
}

const rowsOf = (subscribers: number, { sizes }: FanOutOptions): Row[] =>
  sizes.flatMap((bytes) => (Object.keys(bursts) as Shape[]).map((shape) => ({ subscribers, bytes, shape })))

/** A burst of one is the same joined or not. */
const isMeasured = (side: Side, { shape }: Row): boolean => side.name !== 'joined' || shape === 'bursts'

/** Deliveries before those that count, in milliseconds of a machine that is ours alone about half a second. */
const warmUpFactor = 1 / 2

export const measureLevel = async (deps: LevelDeps, subscribers: number): Promise<Level> => {
  const { options, crowd, tell } = deps
  tell(`${subscribers} subscribers: connecting`)
  const sides = await connect(deps, subscribers)
  const pids = { ...deps.pids, ...Object.fromEntries(sides.map(({ name, child }) => [name, child.pid])) }
  const pass = (side: Side, row: Row, round: number, factor: number) => {
    const deliveries = options.deliveries * factor * (row.shape === 'bursts' ? burstFactor : 1)
    return measure(side, crowd, { ...row, round }, orderOf(row, options), deliveries)
  }
  const rows = rowsOf(subscribers, options)
  for (const side of sides) {
    for (const row of rows.slice(0, 2)) await pass(side, row, 0, warmUpFactor)
  }
  const idle = await idleOf(sides)
  const before = snapshot(pids)
  const passes: Pass[] = []
  for (let round = 1; round <= options.rounds; round++) {
    for (const row of rows) {
      const turn = round % 2 === 1 ? sides : sides.toReversed()
      for (const side of turn) {
        if (isMeasured(side, row)) passes.push(await pass(side, row, round, 1))
      }
    }
    tell(`${subscribers} subscribers: round ${round} of ${options.rounds}`)
  }
  const others = othersBetween(before, snapshot(pids))
  for (const side of sides) {
    await crowd.close(side.name)
    await side.stop()
  }
  return { subscribers, passes, idle, others }
}
