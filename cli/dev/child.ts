// One program of ours that runs beside others: a gateway or a consumer, with its lines handed on and its end noticed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { guard } from '../stack/watchdog.ts'

export type ChildPlan = {
  readonly name: string
  /** The script and its arguments; run by the Node that runs us. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly onLine: (name: string, line: string) => void
  /** Called once if it ends without having been asked to, with a sentence. */
  readonly onCrash: (sentence: string) => void
}

/**
 * A child in a session of its own, so that Ctrl-C in the terminal leaves the order of stopping to us, and with a
 * watchdog, so that it does not outlive us.
 */
export class Child {
  readonly name: string
  readonly ended: Promise<void>
  readonly #process: ChildProcess
  #isStopping = false

  constructor({ name, args, env, onLine, onCrash }: ChildPlan) {
    this.name = name
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#process = child
    const callOff = child.pid === undefined ? () => {} : guard(child.pid)
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => onLine(name, line))
    }
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve())
      child.once('close', () => resolve())
    })
    child.once('exit', (code, signal) => {
      callOff()
      if (!this.#isStopping) onCrash(`${name} ended unexpectedly (${code ?? signal}).`)
    })
  }

  /** Asks it to stop and waits; after `timeoutMs` it is made to. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true
    this.#process.kill('SIGTERM')
    const patience = new AbortController()
    const late = pause(timeoutMs, true, { signal: patience.signal }).catch(() => false)
    if (await Promise.race([late, this.ended.then(() => false)])) this.kill()
    patience.abort()
    await this.ended
  }

  kill(): void {
    this.#isStopping = true
    this.#process.kill('SIGKILL')
  }
}
