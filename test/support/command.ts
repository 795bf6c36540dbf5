// Runs the command line as people do: a process of its own, through ./openclaw.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The executable of this clone. */
export const executable = join(import.meta.dirname, '../../openclaw')

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly stdin?: string
  readonly command?: string
}

/** The environment of the tests without any setting in it. */
export const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('OPENCLAW_') && name !== 'DEBUG'),
  )

/** Runs one command to its end. */
export const runCommand = async (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
  const { env = {}, cwd, stdin = '', command = executable } = options
  const child = spawn(command, args, {
    env: { ...plainEnvironment(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
