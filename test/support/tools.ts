// Programs that nobody here wrote, for tests of what strangers would use: Python with packages, kcat.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const run = promisify(execFile)

const cache = process.env['OPENCLAW_CACHE'] ?? join(import.meta.dirname, '../../.cache')

/** A Python that has these packages, each pinned as `name==version`; made once and kept. */
export async function pythonWith(packages: readonly string[]): Promise<string> {
  const folder = join(cache, `python-${packages.join('-').replaceAll('==', '-')}`)
  const python = join(folder, 'bin', 'python')
  if (existsSync(join(folder, 'complete'))) return python
  await rm(folder, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', folder])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
    timeout: 120_000,
  })
  await mkdir(join(folder, 'making'))
  await rename(join(folder, 'making'), join(folder, 'complete'))
  return python
}

/** Whether a program is on the PATH. */
export async function hasProgram(name: string, versionFlag = '-V'): Promise<boolean> {
  return run(name, [versionFlag]).then(
    () => true,
    (failure: NodeJS.ErrnoException) => failure.code !== 'ENOENT',
  )
}

/** Why a test that needs a missing program is not run; in CI nothing may be missing. */
export const missing = (name: string): string | false => {
  if (process.env['CI']) throw new Error(`${name} is not installed, and CI has to have it`)
  return `${name} is not installed (Debian: apt-get install ${name})`
}
