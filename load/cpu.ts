// CPU time of other processes and of the whole machine, as Linux counts it.
import { readFileSync } from 'node:fs'

/** Clock ticks a second in /proc: a constant of Linux, whatever the kernel's own clock. */
const ticksPerSecond = 100

/** Microseconds of CPU, in user and kernel mode, of all threads of `pid` so far. NaN where there is no /proc. */
export const cpuOf = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold spaces; the fields after it do not. User and system time are 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6
  } catch {
    return Number.NaN
  }
}

/** Microseconds of CPU that anything took on this machine so far, and what its host took from it. NaN where there is no /proc. */
export const cpuOfAll = (): number => {
  try {
    const [total = ''] = readFileSync('/proc/stat', 'latin1').split('\n')
    // user nice system idle iowait irq softirq steal
    const [user, nice, system, , , irq, softirq, steal] = total.split(/ +/).slice(1).map(Number)
    const ticks = [user, nice, system, irq, softirq, steal].reduce<number>(
      (sum, part) => sum + (part ?? 0),
      0,
    )
    return (ticks / ticksPerSecond) * 1e6
  } catch {
    return Number.NaN
  }
}

/** CPU of named processes, of all of them and everything else together, and the moment, all in microseconds. */
export type Snapshot = {
  readonly at: number
  readonly all: number
  readonly of: Readonly<Record<string, number>>
}

export const snapshot = (pids: Readonly<Record<string, number>>): Snapshot => ({
  at: performance.now() * 1_000,
  all: cpuOfAll(),
  of: Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuOf(pid)])),
})

/** Cores that were busy with anything but the named processes from `before` to `after`. */
export const othersBetween = (before: Snapshot, after: Snapshot): number => {
  const ours = Object.keys(after.of).reduce(
    (sum, name) => sum + (after.of[name] ?? 0) - (before.of[name] ?? 0),
    0,
  )
  return Math.max(0, after.all - before.all - ours) / (after.at - before.at)
}
