// CPU time of other processes, as Linux counts it.
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
