// The backend of a demo as `./openclaw dev` runs it: its own program, on the topics of a test.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'
import type { DemoCluster } from './demo.ts'
import { waitFor } from './wait.ts'

const root = join(import.meta.dirname, '../..')

export type DemoBackend = {
  /** What it has printed so far. */
  output(): string
  /** Resolves when it has ended. */
  stop(): Promise<number | null>
}

/** Starts consumers/<name>/main.ts and resolves when it says that it is there; it ends with `t`. */
export async function startDemoBackend(
  t: TestContext,
  cluster: DemoCluster,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<DemoBackend> {
  const { topics } = cluster
  const child = spawn(process.execPath, [join(root, 'consumers', name, 'main.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      DEMO_PREFIX: cluster.topicOf(''),
      OPENCLAW_KAFKA_BROKERS: cluster.stack.brokers.join(','),
      OPENCLAW_TOPICS_DISPATCH: topics.dispatch,
      OPENCLAW_TOPICS_CHANNELS: topics.channels,
      OPENCLAW_TOPICS_RECEIPTS: topics.receipts,
      OPENCLAW_TOPICS_EVENTS: topics.events,
      ...env,
    },
  })
  let output = ''
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  const stop = () => {
    child.kill('SIGTERM')
    return exited
  }
  onEnd(t, async () => {
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await stop()
    clearTimeout(late)
  })
  await waitFor(
    () => printed !== '' || (child.exitCode !== null && Promise.reject(new Error('it has ended'))),
    {
      timeoutMs: 30_000,
      describe: () => `the backend ${name}; it said ${output}`,
    },
  )
  return { output: () => output, stop }
}
