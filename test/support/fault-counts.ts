// The one line that a fault test prints, and the times that are in it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import type { Entry } from '../chaos/history.ts'
import type { Judged } from './fault-run.ts'

/** Milliseconds from the end of each connection that its client did not end itself to that client's next welcome, sorted. */
export function returnsIn(entries: readonly Entry[], since = 0): number[] {
  const gone = new Map<number, number>()
  const times: number[] = []
  for (const entry of entries) {
    if (entry.e !== 'client') continue
    const { client, at } = entry
    if (entry.kind === 'closed' && !entry.ours && at >= since && !gone.has(client)) gone.set(client, at)
    else if (entry.kind === 'welcome' && gone.has(client)) {
      times.push(at - (gone.get(client) ?? at))
      gone.delete(client)
    }
  }
  return times.toSorted((one, other) => one - other)
}

/** The value that `share` (0.99: all but one in a hundred) of the sorted values do not pass; 0 of none. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0

export const timesOf = (sorted: readonly number[]) => ({
  count: sorted.length,
  p50: Math.round(quantile(sorted, 0.5)),
  p99: Math.round(quantile(sorted, 0.99)),
  most: Math.round(sorted.at(-1) ?? 0),
})

/** Prints the counts, whatever they are, then fails on the first broken promise. */
export function tell(fault: string, { judgement }: Judged, more: object): void {
  const { violations, inbound, deliveries } = judgement
  print(fault, { ...more, inbound, deliveries, violations: violations.length })
  const said = violations.slice(0, 10).map(({ invariant, how, detail }) => `${invariant} ${how}: ${detail}`)
  assert.deepEqual(said, [])
}

export function print(fault: string, counts: object): void {
  console.log(JSON.stringify({ fault, ...counts }))
}

/** A time that holds on a machine of its own; where others compute too, as much longer as they leave us less of it. */
export const withinLoad = (ms: number): number =>
  ms * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())

/** Milliseconds of processor time that a process has used so far, to about 10 ms; 0 where the system does not tell. */
export function cpuMsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}
