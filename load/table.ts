// The result as text: a Markdown table with each gateway row's ratios to its floor beneath it, and the verdicts. Pure.
import { floorOf, ratio, type Summary, type Verdict } from './summary.ts'

const columns = [
  ['messages/s', 10],
  ['what', 18],
  ['p50 ms', 8],
  ['p90', 8],
  ['p99', 8],
  ['p99.9', 8],
  ['max', 8],
  ['CPU µs', 7],
  ['kafka', 6],
  ['backend', 7],
  ['load', 6],
  ['late p99', 8],
  ['others', 6],
  ['lost', 5],
] as const

const line = (cells: readonly string[]): string =>
  `| ${columns.map(([, width], i) => (i === 1 ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width))).join(' | ')} |`

const ms = (value: number | undefined): string => value?.toFixed(value < 100 ? 2 : 0) ?? ''
const us = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '')
const times = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)}x` : '')

const nameOf = ({ side, answer }: Summary): string => {
  if (answer === 'reply') return side
  return answer === 'ack' ? `${side}, acked` : `${side}, no acks`
}

const cellsOf = (row: Summary): string[] => {
  const { latency, cpu } = row
  return [
    String(row.rate),
    nameOf(row),
    ...[latency?.p50, latency?.p90, latency?.p99, latency?.p999, latency?.max].map(ms),
    ...[cpu.side, cpu.kafka, cpu.backend, cpu.generator].map(us),
    ms(row.lateness.p99),
    row.others.toFixed(2),
    String(row.lost),
  ]
}

const ratiosOf = (row: Summary, floor: Summary): string[] => {
  const latencies = (['p50', 'p90', 'p99', 'p999', 'max'] as const).map((at) =>
    times(ratio(row.latency?.[at], floor.latency?.[at])),
  )
  return ['', '  times the floor', ...latencies, times(ratio(row.cpu.side, floor.cpu.side))]
}

const titles = { 'round-trip': 'Round trip', inbound: 'Inbound only' } as const

/** One table for each part that was measured. */
export const toTables = (rows: readonly Summary[]): string =>
  [...Map.groupBy(rows, ({ part }) => part)]
    .map(([part, same]) => {
      const lines = same.flatMap((row) => {
        const floor = floorOf(rows, row)
        const isCompared = floor !== undefined && floor !== row
        return isCompared ? [line(cellsOf(row)), line(ratiosOf(row, floor))] : [line(cellsOf(row))]
      })
      const head = line(columns.map(([name]) => name))
      const rule = `|${columns.map(([, width], i) => (i === 1 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
      return [titles[part], '', head, rule, ...lines].join('\n')
    })
    .join('\n\n')

export const toVerdicts = (verdicts: readonly Verdict[]): string =>
  verdicts.map(({ goal, met, says }) => `${goal} ${met ? 'met    ' : 'NOT met'} ${says}`).join('\n')
