// A gateway in a process of its own, so that a test can kill, freeze and thaw it.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Overrides } from '../../gateway/config/load.ts'
import { onEnd } from './cleanup.ts'
import { type Cluster, writeConfig } from './gateway.ts'
import { randomName } from './names.ts'
import { waitFor } from './wait.ts'

export type NodeProcess = {
  readonly name: string
  readonly port: number
  readonly adminPort: number
  readonly pid: number
  /** Log lines so far. */
  readonly lines: readonly Record<string, unknown>[]
  ready(): Promise<{ ready: boolean; slot?: number; epoch?: number; reasons: { code: string }[] }>
  signal(name: NodeJS.Signals): void
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>
}

const cli = join(import.meta.dirname, '../../cli/main.ts')

/** Starts `openclaw start`, with these flags of Node, and resolves when it is ready; killed with `t`. */
export async function startProcess(
  t: TestContext,
  cluster: Cluster,
  overrides: Overrides = {},
  flags: readonly string[] = [],
): Promise<NodeProcess> {
  const name = randomName('p')
  const file = writeConfig(cluster, { log: { level: 'info' }, node: name, ...overrides })
  const child = spawn(process.execPath, [...flags, cli, 'start', '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onEnd(t, () => void child.kill('SIGKILL'))
  const lines = collect(child)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const portOf = (what: string): number => {
    const line = lines.find((found) => found['msg'] === `${what} listening`)
    return Number(String(line?.['address']).split(':').at(-1))
  }
  const ready = async () => {
    const response = await fetch(`http://127.0.0.1:${portOf('admin')}/readyz?deep`, {
      signal: AbortSignal.timeout(1_000),
    })
    return (await response.json()) as Awaited<ReturnType<NodeProcess['ready']>>
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  await waitFor(async () => isOver() || (portOf('clients') > 0 && (await ready()).ready), {
    timeoutMs: 40_000,
    everyMs: 25,
    describe: () => `node ${name} ready; it said ${JSON.stringify(lines.slice(-5))}`,
  })
  if (isOver()) throw new Error(`node ${name} ended; it said ${JSON.stringify(lines.slice(-5))}`)
  return {
    name,
    port: portOf('clients'),
    adminPort: portOf('admin'),
    pid: child.pid ?? 0,
    lines,
    ready,
    signal: (signal) => void child.kill(signal),
    exited,
  }
}

function collect(child: ChildProcess): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  let rest = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      try {
        lines.push(JSON.parse(part) as Record<string, unknown>)
      } catch {
        lines.push({ msg: part })
      }
    }
  })
  return lines
}
