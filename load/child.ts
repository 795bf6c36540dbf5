// The processes of the load: started, asked, listened to and ended, and never left behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { guard } from '../cli/stack/watchdog.ts'

export type Child = {
  readonly name: string
  readonly pid: number
  readonly process: ChildProcess
  /** SIGTERM, and SIGKILL for who does not end within ten seconds. */
  stop(): Promise<void>
}

const patienceMs = 10_000

export type ChildPlan = {
  readonly name: string
  /** The Node that runs us, unless another program is named. */
  readonly program?: string
  /** The script, where Node runs it, and its arguments. */
  readonly args: readonly string[]
  /** Folder for a CPU profile. */
  readonly profile?: string | undefined
}

/** No setting of whoever runs the load reaches its processes. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OPENCLAW_')))

/** Starts a process. What it writes to stderr is shown; if it ends too soon, `onCrash`. */
export const startChild = (plan: ChildPlan, onCrash: (sentence: string) => void): Child => {
  const { name, program = process.execPath, args, profile } = plan
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const child = spawn(program, [...flags, ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  })
  const { pid = 0 } = child
  const callOff = guard(pid)
  let stopping = false
  child.once('exit', (code, signal) => {
    callOff()
    if (!stopping) onCrash(`${name} ended (${code ?? signal})`)
  })
  return {
    name,
    pid,
    process: child,
    async stop() {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await gone
      clearTimeout(late)
    },
  }
}

/** The first message of a child over IPC. */
export const firstMessage = async <T>(child: Child): Promise<T> => {
  const [message] = (await once(child.process, 'message')) as [T]
  return message
}

/** Resolves with the first line of stdout that `find` makes something of; goes on reading after it. */
export const findLine = <T>(child: Child, find: (line: string) => T | undefined): Promise<T> =>
  new Promise((resolve) => {
    createInterface({ input: child.process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const found = find(line)
      if (found !== undefined) resolve(found)
    })
  })
