// One server that we started: its life from the first start over kills and restarts to the last stop.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StackFailure } from './failure.ts'
import { processIn } from './process-in.ts'
import { guard } from './watchdog.ts'

export type ServerPlan = {
  /** As it is called in sentences: "Kafka". */
  readonly name: string
  readonly command: string
  /** Asked at every launch. */
  args(): readonly string[]
  readonly folder: string
  readonly logFile: string
  /** Whether it serves now; must answer within a second or two. */
  serves(): Promise<boolean>
  /** Milliseconds it may take until it serves, and to stop when asked to. */
  readonly startMs: number
  readonly stopMs: number
  /** Turns the last lines of a failed start into a better sentence, where they are understood. */
  explain?(lines: string): string | undefined
  /** Called when it has served and ends without having been asked to. */
  readonly onCrash?: ((failure: StackFailure) => void) | undefined
  /** Called when it has stopped by itself after it was asked to. */
  onStopped?(): Promise<void>
}

const explainedLines = 12

/**
 * A server in a session of its own, so that a Ctrl-C in the terminal does not reach it before we stop it, and with a
 * watchdog, so that it does not outlive us. It does not keep our process alive.
 */
export class ServerProcess {
  readonly #plan: ServerPlan
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #logStart = 0
  #serving = false

  constructor(plan: ServerPlan) {
    this.#plan = plan
  }

  /** Id of the process that runs now, or ran last. */
  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get running(): boolean {
    const child = this.#child
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null
  }

  /** Starts it and waits until it serves. Throws a StackFailure, with the last lines of its log, when it does not. */
  async start(signal?: AbortSignal): Promise<void> {
    const { name, startMs } = this.#plan
    if (this.running) return
    this.#requireFolder()
    this.#launch()
    const deadline = performance.now() + startMs
    while (!(this.running && (await this.#plan.serves()))) {
      if (!this.running) throw await this.#failure(`${name} ended while it was starting`)
      if (signal?.aborted) {
        await this.kill()
        throw new StackFailure(`Stopped while starting ${name}.`)
      }
      if (performance.now() > deadline) {
        await this.kill()
        throw await this.#failure(`${name} did not serve within ${startMs / 1000} s`)
      }
      await pause(20)
    }
    this.#serving = true
  }

  /** Asks it to stop; ends it when it has not after its time. */
  async stop(): Promise<void> {
    this.#serving = false
    if (!this.running) return
    this.signal('SIGTERM')
    this.signal('SIGCONT') // a frozen one would not notice
    const patience = new AbortController()
    const late = pause(this.#plan.stopMs, true, { signal: patience.signal }).catch(() => false)
    const isLate = await Promise.race([late, this.#ended.then(() => false)])
    patience.abort()
    if (isLate) await this.kill()
    else await this.#plan.onStopped?.()
  }

  /** SIGKILL: no flush, no goodbye. Comes back when the process is gone. */
  async kill(): Promise<void> {
    this.#serving = false
    this.signal('SIGKILL')
    const alive = setInterval(() => {}, 1_000)
    await this.#ended
    clearInterval(alive)
  }

  /** Stops it if it runs, and starts it with the same data and ports. */
  async restart(signal?: AbortSignal): Promise<void> {
    await this.stop()
    await this.start(signal)
  }

  /** Sends it a signal, for instance SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child?.kill(name)
  }

  #launch(): void {
    const { command, folder, logFile } = this.#plan
    const out = this.#openLog(logFile)
    const child = spawn(command, this.#plan.args(), {
      stdio: ['ignore', out, out],
      detached: true,
      cwd: folder,
    })
    closeSync(out)
    child.unref()
    writeFileSync(this.#pidFile, String(child.pid ?? ''))
    this.#child = child
    const callOff = child.pid === undefined ? () => {} : guard(child.pid)
    this.#ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve())
      child.once('exit', () => resolve())
    }).then(async () => {
      callOff()
      if (this.#serving && this.#child === child) await this.#crashed()
    })
  }

  get #pidFile(): string {
    return join(this.#plan.folder, `${this.#plan.name.toLowerCase()}.pid`)
  }

  /** Two servers on the same data would spoil it before either finds the other. */
  #requireFolder(): void {
    const { name, folder } = this.#plan
    const holder = processIn(folder, this.#pidFile)
    if (holder === undefined) return
    throw new StackFailure(
      `Another ${name} that is still running uses the data in ${folder}: stop that one first (process ${holder}).`,
    )
  }

  async #crashed(): Promise<void> {
    this.#serving = false
    const failure = await this.#failure(`${this.#plan.name} ended unexpectedly`)
    this.#plan.onCrash?.(failure)
  }

  /** Each run is appended; what earlier processes of ours left is kept once, as `.1`. */
  #openLog(path: string): number {
    mkdirSync(dirname(path), { recursive: true })
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    const isFirst = this.#child === undefined
    if (isFirst && size > 0) renameSync(path, `${path}.1`)
    this.#logStart = isFirst ? 0 : size
    return openSync(path, 'a')
  }

  async #failure(what: string): Promise<StackFailure> {
    const { logFile } = this.#plan
    const bytes = await readFile(logFile).catch(() => Buffer.alloc(0))
    const said = bytes.subarray(this.#logStart).toString('utf8')
    const how = this.#child?.exitCode ?? this.#child?.signalCode
    const sentence =
      this.#plan.explain?.(said) ?? `${what}${how === null || how === undefined ? '' : ` (${how})`}.`
    const last = said.trimEnd().split('\n').slice(-explainedLines).join('\n')
    if (last === '') return new StackFailure(sentence)
    return new StackFailure(`${sentence} Its last words, from ${logFile}:`, last)
  }
}
