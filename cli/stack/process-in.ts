// Finds out whether a process that a file names still works in a folder.
import { readFileSync, readlinkSync, realpathSync } from 'node:fs'

/** The process that a file names, if it lives and works in `folder`; only Linux can tell. */
export function processIn(folder: string, pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return pid > 0 && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder) ? pid : undefined
  } catch {
    return undefined
  }
}
