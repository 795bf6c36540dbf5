// From passes to rows (medians over the passes of a row) and from rows to verdicts on the goals. Pure.
import type { Pass, Row } from './measure.ts'
import type { Latency } from './pass.ts'

export type Summary = Row & {
  readonly passes: number
  readonly latency: Latency | undefined
  readonly lateness: Latency
  /** Microseconds per message. */
  readonly cpu: Pass['cpu']
  /** Cores that other programs took. */
  readonly others: number
  /** Messages that got no answer or no place in Kafka, were refused, repeated or cut off, over all passes. */
  readonly lost: number
  /** The worst of all passes: from the last due time to the last answer, in milliseconds. */
  readonly tailMs: number
}

export type Verdict = { readonly goal: string; readonly met: boolean; readonly says: string }

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The median of each field. */
const medians = <T extends Readonly<Record<string, number>>>(all: readonly T[]): T => {
  const fields = Object.keys(all[0] ?? {}) as (keyof T)[]
  return Object.fromEntries(fields.map((field) => [field, median(all.map((one) => one[field] ?? NaN))])) as T
}

const lostOf = ({ report, stored }: Pass): number =>
  report.missing +
  report.refused +
  report.repeated +
  report.closed +
  (stored === undefined ? 0 : Math.max(0, report.sent - stored))

const rowName = ({ part, side, answer, rate }: Row): string => [part, rate, side, answer].join()

/** One summary for each kind of row, in the order in which they were first measured. */
export const summarize = (passes: readonly Pass[]): Summary[] =>
  [...Map.groupBy(passes, rowName).values()].map((same) => {
    const { part, side, answer, rate } = same[0] as Pass
    const latencies = same.flatMap(({ report }) => report.latency ?? [])
    return {
      part,
      side,
      answer,
      rate,
      passes: same.length,
      latency: latencies.length === 0 ? undefined : medians(latencies),
      lateness: medians(same.map(({ report }) => report.lateness)),
      cpu: medians(same.map(({ cpu }) => cpu)),
      others: median(same.map(({ others }) => others)),
      lost: same.reduce((sum, pass) => sum + lostOf(pass), 0),
      tailMs: Math.max(...same.map(({ report }) => report.tailMs)),
    }
  })

/** How many times the floor a value is; NaN where one is missing. */
export const ratio = (value: number | undefined, floor: number | undefined): number =>
  (value ?? Number.NaN) / (floor ?? Number.NaN)

/** The floor that a row is held against: of the same part and rate, the one that answers least. */
export const floorOf = (rows: readonly Summary[], row: Summary): Summary | undefined =>
  rows.find(
    ({ part, rate, side, answer }) =>
      side === 'floor' && part === row.part && rate === row.rate && answer !== 'ack',
  )

const roundTripRates = [1_000, 10_000]
const mostLatency = 1.3
const inboundRate = 10_000
const mostCpu = 1.25
const mostCpuMicroseconds = 25
/** Milliseconds for the last answer to come, or the rate was not sustained. */
const mostTail = 1_000

/** Cores that others may take before latencies are doubted. */
export const quiet = 0.2

const doubts = (...rows: readonly Summary[]): string => {
  const most = Math.max(...rows.map(({ others }) => others))
  return most > quiet ? `; DOUBTFUL, other programs took ${most.toFixed(1)} cores` : ''
}

const roundTrip = (row: Summary, floor: Summary): Verdict => {
  const p50 = ratio(row.latency?.p50, floor.latency?.p50)
  const p99 = ratio(row.latency?.p99, floor.latency?.p99)
  const sustained = row.lost === 0 && row.tailMs <= mostTail
  const kept = sustained ? 'sustained' : `NOT sustained: ${row.lost} lost, tail ${row.tailMs.toFixed(0)} ms`
  return {
    goal: 'P1',
    met: p50 <= mostLatency && p99 <= mostLatency && sustained,
    says: `round trip at ${row.rate}/s: p50 ${p50.toFixed(2)}x, p99 ${p99.toFixed(2)}x the floor (goal ${mostLatency}x); ${kept}${doubts(row, floor)}`,
  }
}

const inbound = (row: Summary, floor: Summary): Verdict => {
  const times = ratio(row.cpu.side, floor.cpu.side)
  return {
    goal: 'P2',
    met: times <= mostCpu && row.cpu.side <= mostCpuMicroseconds && row.lost === 0,
    says: `inbound at ${row.rate}/s: ${row.cpu.side.toFixed(1)} us CPU per acked message (goal ${mostCpuMicroseconds}), ${times.toFixed(2)}x the floor without acks (goal ${mostCpu}x); ${row.lost} lost${doubts(row, floor)}`,
  }
}

/** A verdict for each goal that these rows can decide. */
export const judge = (rows: readonly Summary[]): Verdict[] =>
  rows.flatMap((row) => {
    const floor = floorOf(rows, row)
    if (row.side !== 'gateway' || floor === undefined) return []
    if (row.part === 'round-trip') return roundTripRates.includes(row.rate) ? roundTrip(row, floor) : []
    return row.rate === inboundRate ? inbound(row, floor) : []
  })
