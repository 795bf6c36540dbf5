// Strangers that a test drives: a Python WebSocket client over its stdin and stdout, and kcat.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'
import type { Frame } from './client.ts'
import { pythonWith, run } from './tools.ts'
import { waitFor } from './wait.ts'

export type PythonClient = {
  /** Frames not yet taken by `next`. */
  readonly frames: Frame[]
  open(): void
  send(frame: object): void
  /** Takes the first frame of this kind, waiting for it; frames of other kinds stay. */
  next(kind: string, where?: (frame: Frame) => boolean): Promise<Frame>
  /** Resolves when the connection is gone. */
  close(): Promise<void>
}

/** Starts a script that takes frames, `open` and `close` as lines and prints what it hears. It ends with `t`. */
export async function pythonClient(t: TestContext, script: string, url: string): Promise<PythonClient> {
  const python = await pythonWith(['websockets==15.0.1', 'protobuf==6.33.1'])
  const child = spawn(python, [script, url], { stdio: ['pipe', 'pipe', 'pipe'] })
  const frames: Frame[] = []
  let complaint = ''
  let ended = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [[kind, fields] = ['none', {}]] = Object.entries(JSON.parse(line) as Record<string, object>)
    frames.push({ kind, ...fields })
  })
  child.stderr.on('data', (text) => (complaint += String(text)))
  child.stdin.on('error', () => undefined)
  child.once('exit', () => (ended = true))
  onEnd(t, async () => {
    if (ended) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const tell = (line: string): void => void child.stdin.write(`${line}\n`)
  const next: PythonClient['next'] = async (kind, where = () => true) => {
    const find = () => frames.findIndex((frame) => frame.kind === kind && where(frame))
    await waitFor(() => find() >= 0 || ended, {
      timeoutMs: 20_000,
      describe: () => `a ${kind}; got ${JSON.stringify(frames)} ${complaint}`,
    })
    if (find() < 0) throw new Error(`Python ended while waiting for a ${kind}: ${complaint}`)
    return frames.splice(find(), 1)[0] as Frame
  }
  return {
    frames,
    next,
    open: () => tell('open'),
    send: (frame) => tell(JSON.stringify(frame)),
    async close() {
      tell('close')
      await next('closed')
    },
  }
}

export type Kcat = {
  /** Publishes each value as a record with these headers; resolves when Kafka has them. */
  produce(
    topic: string,
    values: readonly string[],
    headers?: Readonly<Record<string, string>>,
    key?: string,
  ): Promise<void>
  /** The record at an offset of partition 0. */
  at(topic: string, offset: string): Promise<{ payload: string; headers: Record<string, string> }>
}

const patience = { timeout: 20_000 }

export const kcatTo = (brokers: readonly string[]): Kcat => ({
  async produce(topic, values, headers = {}, key) {
    const flags = Object.entries(headers).flatMap(([name, text]) => ['-H', `${name}=${text}`])
    const keyed = key === undefined ? [] : ['-k', key]
    const running = run('kcat', ['-b', brokers.join(), '-q', '-P', '-t', topic, ...flags, ...keyed], patience)
    running.child.stdin?.end(values.map((value) => `${value}\n`).join(''))
    await running
  },
  async at(topic, offset) {
    const place = ['-t', topic, '-p', '0', '-o', offset, '-c', '1', '-e', '-J']
    const { stdout } = await run('kcat', ['-b', brokers.join(), '-q', '-C', ...place], patience)
    const { payload, headers } = JSON.parse(stdout) as { payload: string; headers: string[] }
    const pairs = Array.from({ length: headers.length / 2 }, (_, n) => [
      headers[2 * n] ?? '',
      headers[2 * n + 1] ?? '',
    ])
    return { payload, headers: Object.fromEntries(pairs) as Record<string, string> }
  },
})
