// CPU time of a process to the nanosecond: what /proc/<pid>/stat has is rounded to ticks, which is more than a short pass takes.
import { readdirSync, readFileSync } from 'node:fs'
import { cpuOf } from '../cpu.ts'

/** Microseconds that the threads of `pid` have been on a CPU so far, those that have ended left out. NaN where there is no /proc. */
export const cpuTimeOf = (pid: number): number => {
  try {
    let nanoseconds = 0
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [onCpu = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')
      nanoseconds += Number(onCpu)
    }
    return nanoseconds / 1_000
  } catch {
    return cpuOf(pid)
  }
}
