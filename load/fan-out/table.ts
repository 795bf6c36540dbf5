// The result of the fan-out as text. Pure.
import type { Verdict } from '../summary.ts'
import type { Level } from './level.ts'
import type { Shape } from './options.ts'
import { floors, type Summary } from './summary.ts'

const columns = [
  ['subscribers', 11],
  ['bytes', 5],
  ['what', 12],
  ['singles µs', 10],
  ['from–to', 13],
  [`x ${floors.singles}`, 14],
  ['bursts µs', 9],
  ['from–to', 13],
  [`x ${floors.bursts}`, 8],
] as const

const isText = (column: number): boolean => column === 2

const line = (cells: readonly string[]): string =>
  `| ${columns.map(([, width], n) => (isText(n) ? (cells[n] ?? '').padEnd(width) : (cells[n] ?? '').padStart(width))).join(' | ')} |`

const rule = `|${columns.map(([, width], n) => (isText(n) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`

const cellsOf = (row: Summary | undefined): string[] =>
  row === undefined
    ? ['', '', '']
    : [
        row.cpu.toFixed(2),
        `${row.least.toFixed(2)}–${row.most.toFixed(2)}`,
        row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}x`,
      ]

/** Microseconds of the server's CPU for each delivery. */
export const toTable = (rows: readonly Summary[]): string => {
  const same = Map.groupBy(rows, ({ subscribers, bytes, side }) => [subscribers, bytes, side].join())
  const lines = [...same.values()].map((both) => {
    const { subscribers, bytes, side } = both[0] as Summary
    const of = (shape: Shape) => cellsOf(both.find((row) => row.shape === shape))
    return line([String(subscribers), String(bytes), side, ...of('singles'), ...of('bursts')])
  })
  return [line(columns.map(([name]) => name)), rule, ...lines].join('\n')
}

export const toVerdicts = (verdicts: readonly Verdict[]): string =>
  verdicts.map(({ goal, met, says }) => `${goal} ${met ? 'met    ' : 'NOT met'} ${says}`).join('\n')

/** One line: whether everything of the goal that could be decided was met. */
export const toConclusion = (verdicts: readonly Verdict[]): string => {
  const decided = verdicts.filter(({ goal }) => goal === 'P3')
  const met = decided.filter((verdict) => verdict.met).length
  if (decided.length === 0) return 'P3 not decided'
  return `P3 ${met === decided.length ? 'MET' : 'NOT MET'}: ${met} of ${decided.length} parts`
}

/** What the servers take while nothing is sent: a part of every number above. */
export const toIdle = ({ subscribers, idle, others }: Level): string => {
  const each = Object.entries(idle).map(([side, ms]) => `${side} ${ms.toFixed(1)}`)
  return `${subscribers} subscribers: ${each.join(', ')} ms CPU a second at rest; other programs took ${others.toFixed(1)} cores`
}
