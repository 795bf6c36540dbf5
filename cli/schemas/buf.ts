// Runs buf, which comes with the packages for development. It needs no network for anything that is asked of it here.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CliFailure } from '../failure.ts'
import { root } from '../project.ts'

const tools = join(root, 'node_modules', '.bin')
const longestMs = 120_000

export type Ran = { readonly ok: boolean; readonly stdout: string; readonly output: string }

/** Runs a program in a folder to its end, the tools of this clone on its PATH. */
export function runIn(folder: string, command: string, args: readonly string[]): Ran {
  const env = { ...process.env, PATH: `${tools}${delimiter}${process.env.PATH ?? ''}` }
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    env,
    timeout: longestMs,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  })
  const output = [stdout, stderr, error?.message].filter(Boolean).join('\n').trim()
  return { ok: status === 0, stdout: stdout ?? '', output }
}

/** Runs buf in a folder of schemas. Throws where it is not installed. */
export function buf(folder: string, args: readonly string[]): Ran {
  const program = join(tools, 'buf')
  if (!existsSync(program)) throw new CliFailure('buf is not installed here; run: npm ci')
  return runIn(folder, program, args)
}

/** One thing that buf found. */
export type BufFinding = {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly rule: string
  readonly message: string
}

type Printed = {
  readonly path?: string
  readonly start_line?: number
  readonly start_column?: number
  readonly type: string
  readonly message: string
}

/** What buf printed with `--error-format json`, one finding a line. Throws its own words where it printed anything else. */
export function findingsIn({ stdout, output }: Ran): readonly BufFinding[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  if (lines.length === 0) throw new CliFailure(`buf failed: ${output}`)
  return lines.map((line) => {
    const { path = '', start_line = 1, start_column = 1, type, message } = JSON.parse(line) as Printed
    return { path, line: start_line, column: start_column, rule: type, message }
  })
}
