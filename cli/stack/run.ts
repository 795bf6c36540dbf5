// Runs a short-lived program to its end: bounded in time and output, ended when its caller is, never through a shell.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type Finished = {
  /** Null when a signal ended it or it could not be started. */
  readonly code: number | null
  /** Its last lines, both outputs together. */
  readonly lines: readonly string[]
  /** Set when the program could not be started at all, or did not end in time. */
  readonly trouble?: 'missing' | 'silent' | 'stopped'
}

export type RunOptions = {
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
  /** Milliseconds without a line of output after which it is ended. */
  readonly silenceMs: number
  onLine?(line: string): void
}

const keptLines = 400

/** Runs `command` and answers when it has ended. Never throws: what went wrong is in the answer. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const { promise, resolve } = Promise.withResolvers<Finished>()
  const lines: string[] = []
  let trouble: Finished['trouble']
  // Its own group: Ctrl-C reaches us alone, and whatever the program started is ended with it.
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    detached: true,
  })
  const end = (why: 'silent' | 'stopped') => {
    trouble ??= why
    endGroup(child.pid)
  }
  const onAbort = () => end('stopped')
  const silence = setTimeout(() => end('silent'), options.silenceMs)
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      silence.refresh()
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      options.onLine?.(line)
    })
  }
  const onExit = () => endGroup(child.pid)
  const settle = (code: number | null) => {
    clearTimeout(silence)
    process.off('exit', onExit)
    options.signal?.removeEventListener('abort', onAbort)
    resolve({ code, lines, ...(trouble ? { trouble } : {}) })
  }
  process.on('exit', onExit)
  child.on('error', () => {
    trouble ??= 'missing'
    settle(null)
  })
  child.on('close', settle)
  if (options.signal?.aborted) onAbort()
  else options.signal?.addEventListener('abort', onAbort, { once: true })
  return promise
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
