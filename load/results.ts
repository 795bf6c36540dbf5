// Keeps a result: what was measured, on which machine, of which commit, in load/results.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

const git = (...args: string[]): string => {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return ''
  }
}

/** The commit, with `-changed` behind it where the gateway's files are not those of the commit. */
export const commitOf = (): string => {
  const commit = git('rev-parse', '--short', 'HEAD') || 'unknown'
  return git('status', '--porcelain', 'gateway') === '' ? commit : `${commit}-changed`
}

/** `load` is what else the machine was doing: its average load of the last minute when asked. */
export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 1024 ** 2),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  load: loadavg()[0],
})

/** Writes the result and answers the file's path. `what` was measured is in its name, where it is not `npm run load`. */
export const keep = (result: { readonly commit: string; readonly date: string }, what?: string): string => {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const day = result.date.slice(0, 16).replaceAll(':', '')
  const file = join(folder, `${[day, result.commit, ...(what === undefined ? [] : [what])].join('-')}.json`)
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  return file
}
