// From passes to rows (medians, and ratios to the floor of the same round) and from rows to verdicts on goal P3. Pure.
import { median, type Verdict } from '../summary.ts'
import { type Shape, type SideName, sideNames } from './options.ts'
import type { Pass, Row } from './pass.ts'

export type Summary = Row & {
  readonly side: SideName
  /** Microseconds of CPU for each delivery: the median, the least and the most of all rounds. */
  readonly cpu: number
  readonly least: number
  readonly most: number
  /** How many times the floor of the same round: the median. Undefined where no floor was measured. */
  readonly ratio: number | undefined
}

/** What a shape is held against. */
export const floors: Readonly<Record<Shape, SideName>> = { singles: 'socket.write', bursts: 'joined' }

const rowOf = ({ subscribers, bytes, shape }: Row): string => [subscribers, bytes, shape].join()

export const summarize = (passes: readonly Pass[]): Summary[] => {
  const floorOf = (pass: Pass): Pass | undefined =>
    passes.find(
      (each) => each.side === floors[pass.shape] && each.round === pass.round && rowOf(each) === rowOf(pass),
    )
  const same = Map.groupBy(passes, (pass) => `${rowOf(pass)} ${pass.side}`)
  const rows = [...same.values()].map((rounds): Summary => {
    const { subscribers, bytes, shape, side } = rounds[0] as Pass
    const cpus = rounds.map(({ cpu }) => cpu)
    const ratios = rounds.flatMap((pass) => {
      const floor = floorOf(pass)
      return floor === undefined ? [] : [pass.cpu / floor.cpu]
    })
    return {
      subscribers,
      bytes,
      shape,
      side,
      cpu: median(cpus),
      least: Math.min(...cpus),
      most: Math.max(...cpus),
      ratio: ratios.length === 0 ? undefined : median(ratios),
    }
  })
  const turn = ({ side }: Summary): number => sideNames.indexOf(side)
  return rows.toSorted((a, b) => a.subscribers - b.subscribers || a.bytes - b.bytes || turn(a) - turn(b))
}

const mostSingle = 1.1
const mostBurst = 1.2
/** Microseconds for each delivery of small messages in bursts. */
const mostBurstCpu = 1.3
const smallBytes = 100
/** How many times cheaper than a peer, in bursts, at this many subscribers. */
const cheaper: readonly (readonly [SideName, number])[] = [
  ['centrifuge', 3],
  ['socket.io', 10],
]
const peerSubscribers = 5_000

const againstFloor = (row: Summary, ratio: number): Verdict => {
  const { subscribers, bytes, shape, side, cpu } = row
  const most = shape === 'singles' ? mostSingle : mostBurst
  const isBounded = shape === 'bursts' && bytes <= smallBytes
  const bound = isBounded ? `, ${mostBurstCpu} us` : ''
  return {
    goal: goalOf(side),
    met: ratio <= most && (!isBounded || cpu <= mostBurstCpu),
    says: `${shape} of ${bytes} B to ${subscribers}: ${cpu.toFixed(2)} us, ${ratio.toFixed(2)}x ${floors[shape]} (goal ${most}x${bound})`,
  }
}

const againstPeers = (rows: readonly Summary[], row: Summary): Verdict[] => {
  const { subscribers, bytes, shape, side, cpu } = row
  if (shape !== 'bursts' || subscribers !== peerSubscribers) return []
  return cheaper.flatMap(([peer, times]): Verdict[] => {
    const found = rows.find((each) => each.side === peer && rowOf(each) === rowOf(row))
    if (found === undefined) return []
    const ratio = found.cpu / cpu
    const says = `${shape} of ${bytes} B to ${subscribers}: ${ratio.toFixed(1)} times cheaper than ${peer} (goal ${times})`
    return [{ goal: goalOf(side), met: ratio >= times, says }]
  })
}

/** Floors and peers have no Kafka: the hub is held against them alike, the gateway has reading from Kafka on top. */
const goalOf = (side: SideName): string => (side === 'hub' ? 'P3' : 'P3 with Kafka')

/** A verdict for everything that these rows can decide; none without the floors. */
export const judge = (rows: readonly Summary[]): Verdict[] =>
  (['hub', 'gateway'] as const).flatMap((name) =>
    rows
      .filter(({ side }) => side === name)
      .flatMap((row) =>
        row.ratio === undefined ? [] : [againstFloor(row, row.ratio), ...againstPeers(rows, row)],
      ),
  )
