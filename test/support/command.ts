// Runs the command line as people do: a process of its own, through ./openclaw.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

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

export type Running = {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  readonly done: Promise<Ran>
}

/** Starts one command; its output can be looked at while it runs. */
export const startCommand = (args: readonly string[], options: RunOptions = {}): Running => {
  const { env = {}, cwd, stdin = '', command = executable } = options
  const child = spawn(command, args, {
    env: { ...plainEnvironment(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const out = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      out[name] += chunk
    })
  }
  const done = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...out }))
  })
  return { child, stdout: () => out.stdout, stderr: () => out.stderr, done }
}

/** Runs one command to its end. */
export const runCommand = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  startCommand(args, options).done
