// The gate's answer as lines for people.
import type { Check } from './gate.ts'

const marks: Readonly<Record<Check['outcome'], string>> = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' }

/** A check in one line; what it found and what to do under it. */
export const checkLines = ({ name, outcome, lines, note }: Check): readonly string[] => {
  const remark = outcome !== 'failed' && note !== undefined ? ` (${note})` : ''
  const advice = outcome === 'failed' && note !== undefined ? [`     ${note}`] : []
  return [`${marks[outcome]} ${name}${remark}`, ...lines.map((line) => `     ${line}`), ...advice]
}
