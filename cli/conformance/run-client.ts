// Runs a client program once for each scenario, and judges what it did there.
import { type ChildProcess, spawn } from 'node:child_process'
import type { ConformanceGateway, Result } from './server.ts'

/** Milliseconds a program has to end by itself when its scenario is over. */
const graceMs = 500

/** `command` is a shell command; `{url}` in it is the address to connect to. `jobs` scenarios are played at a time. */
export async function runClient(
  gateway: ConformanceGateway,
  names: readonly string[],
  command: string,
  jobs: number,
  signal: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = []
  const left = [...names]
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined && !signal.aborted; name = left.shift()) {
      const playing = gateway.play(name)
      const url = `ws://127.0.0.1:${gateway.port}/?scenario=${name}`
      const child = start(command.replaceAll('{url}', url), signal)
      results.push(await playing)
      await end(child)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return results
}

/** In a group of its own, so that the shell and what it started end together. */
const start = (command: string, signal: AbortSignal): ChildProcess => {
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  child.on('error', () => undefined)
  signal.addEventListener('abort', () => kill(child), { once: true })
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const timer = setTimeout(() => kill(child), graceMs)
  await ended
  clearTimeout(timer)
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}
