// `openclaw dev` as a process, on ports and data of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from '../../cli/stack/ports.ts'
import { executable, plainEnvironment } from './command.ts'
import { randomName } from './names.ts'
import { waitFor } from './wait.ts'

export type DevPlace = {
  readonly data: string
  readonly env: NodeJS.ProcessEnv
  readonly ports: {
    readonly listen: number
    readonly admin: number
    readonly pages: number
    readonly kafka: number
    readonly redis: number
  }
  /** Ids and commands of all processes that were started from here and still run. */
  processes(): readonly string[]
}

/** Ports, a data folder and a mark by which every process that descends from here is found. */
export async function devPlace(t: TestContext): Promise<DevPlace> {
  const data = mkdtempSync(join(tmpdir(), 'openclaw-dev-'))
  const [listen = 0, admin = 0, kafka = 0, redis = 0, pages = 0] = await freePorts(5)
  const mark = `OPENCLAW_TEST_MARK=${randomName('dev')}`
  const processes = () => marked(mark)
  t.after(() => {
    for (const each of processes()) process.kill(Number(each.split(' ')[0]), 'SIGKILL')
    rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  const env = {
    ...plainEnvironment(),
    ...(process.env['OPENCLAW_CACHE'] ? { OPENCLAW_CACHE: process.env['OPENCLAW_CACHE'] } : {}),
    OPENCLAW_LISTEN_PORT: String(listen),
    OPENCLAW_ADMIN_PORT: String(admin),
    OPENCLAW_PAGES_PORT: String(pages),
    OPENCLAW_KAFKA_PORT: String(kafka),
    OPENCLAW_REDIS_PORT: String(redis),
    OPENCLAW_TEST_MARK: mark.split('=')[1],
  }
  return { data, env, ports: { listen, admin, pages, kafka, redis }, processes }
}

function marked(mark: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)) return []
        return [
          `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 100)}`,
        ]
      } catch {
        return []
      }
    })
}

export type DevProcess = {
  readonly child: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Milliseconds from its start until it said that everything is up. */
  up(timeoutMs?: number): Promise<number>
  readonly exited: Promise<number | null>
}

/** Starts `./openclaw dev`; what is left of it ends with the place. */
export function startDev(place: DevPlace, env: NodeJS.ProcessEnv = {}): DevProcess {
  const since = performance.now()
  const child = spawn(executable, ['dev', '--data', place.data], {
    env: { ...place.env, ...env },
    detached: true,
  })
  let output = ''
  let upAt: number | undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Ctrl-C stops everything')) upAt ??= performance.now() - since
    })
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    child,
    output: () => output,
    up: (timeoutMs = 90_000) =>
      waitFor(() => upAt ?? (child.exitCode !== null && Promise.reject(new Error('it has ended'))), {
        timeoutMs,
        describe: () => `the stack to be up; it said:\n${output}`,
      }),
    exited,
  }
}
