// A backend in another language as a program of its own, and a client that asks it through a real gateway.
import { spawn } from 'node:child_process'
import type { TestContext } from 'node:test'
import { onEnd } from './cleanup.ts'
import { type Frame, type TestClient, welcomed } from './client.ts'
import type { Cluster } from './gateway.ts'
import { type TokenOptions, tokenFor } from './keys.ts'
import { waitFor } from './wait.ts'

/** Virtual machines start slowly where the processors are shared. */
const patienceMs = 90_000

export type BackendProgram = {
  /** What it has printed so far. */
  output(): string
  /** Rejects when it ends without having been told to. */
  readonly failed: Promise<never>
  /** Ends it as an operator would; resolves when it is gone. */
  stop(): Promise<void>
}

/** Starts a program that runs until it is told to stop; it ends with `t`. */
export function startProgram(t: TestContext, command: string, args: readonly string[]): BackendProgram {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', (error) => {
      output += error.message
      resolve()
    })
  })
  let stopped = false
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  void exited.then(() => {
    if (!stopped) failed.reject(new Error('the backend has ended'))
  })
  const stop = async (): Promise<void> => {
    stopped = true
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
    child.kill('SIGTERM')
    await exited
    clearTimeout(late)
  }
  onEnd(t, stop)
  return { output: () => output, failed: failed.promise, stop }
}

export type Asking = TestClient & {
  readonly welcome: Frame
  /** Sends a request and answers the next reply to it; further ones are taken by `reply`. */
  ask(id: string, payload: unknown, more?: object): Promise<Frame>
  reply(id: string): Promise<Frame>
}

/** A client of the route `echo` who waits as long as `backend` needs to come up. */
export async function asking(
  t: TestContext,
  port: number,
  user: string,
  backend: BackendProgram,
  options: TokenOptions = {},
): Promise<Asking> {
  const client = await welcomed(t, port, await tokenFor(user, options))
  const reply = (id: string) =>
    Promise.race([client.next('reply', (frame) => frame['id'] === id, patienceMs), backend.failed]).catch(
      (error: Error) => Promise.reject(new Error(`${error.message}\nThe backend said: ${backend.output()}`)),
    )
  return Object.assign(client, {
    reply,
    async ask(id: string, payload: unknown, more: object = {}) {
      client.send({ request: { id, route: 'echo', payload, timeoutMs: patienceMs, ...more } })
      return reply(id)
    },
  })
}

/** Resolves when `group` has committed all that stands in the topic of the route `echo`. */
export async function allCommitted({ kafka, echo }: Cluster, group: string): Promise<void> {
  await waitFor(
    async () => {
      const open = await Promise.all(
        [0, 1].map(async (partition) => {
          const end = await kafka.endOffset(echo, partition)
          return end > 0 && end !== (await kafka.committed(group, echo, partition))
        }),
      )
      return !open.includes(true)
    },
    { timeoutMs: 20_000, everyMs: 100, describe: `${group} to have committed everything` },
  )
}
