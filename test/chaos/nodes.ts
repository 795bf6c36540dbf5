// The gateway processes of a run: started, killed, frozen and asked to stop; what they say goes to files.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from '../../cli/stack/ports.ts'
import { guard } from '../../cli/stack/watchdog.ts'
import { type Cluster, writeConfig } from '../support/gateway.ts'
import { waitFor } from '../support/wait.ts'
import type { History } from './history.ts'

export type ChaosNode = {
  readonly name: string
  readonly port: number
  readonly adminPort: number
  readonly pid: number
  readonly child: ChildProcess
  readonly ended: Promise<void>
  alive: boolean
  frozen: boolean
  /** It was ready once. */
  wasReady: boolean
  /** We ended it, or told it to end. */
  asked: boolean
}

const cli = join(import.meta.dirname, '../../cli/main.ts')
const readyMs = 90_000

export class Nodes {
  readonly #cluster: Cluster
  readonly #folder: string
  readonly #history: History
  readonly all: ChaosNode[] = []

  constructor(cluster: Cluster, folder: string, history: History) {
    this.#cluster = cluster
    this.#folder = folder
    this.#history = history
  }

  get alive(): readonly ChaosNode[] {
    return this.all.filter((node) => node.alive)
  }

  /** Those that a load balancer would send clients to: a frozen one looks as well as the others. */
  get ports(): readonly number[] {
    return this.alive.filter((node) => node.wasReady && !node.asked).map((node) => node.port)
  }

  /** Starts one; resolves when the process is there, not when it is ready. */
  async start(): Promise<ChaosNode> {
    const [port = 0, adminPort = 0] = await freePorts(2)
    const name = `n${this.all.length + 1}`
    const config = writeConfig(this.#cluster, {
      node: name,
      log: { level: 'info' },
      listen: { port },
      admin: { port: adminPort },
    })
    const out = openSync(this.logOf(name), 'a')
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !key.startsWith('OPENCLAW_')),
    )
    const child = spawn(process.execPath, [cli, 'start', '--config', config], {
      stdio: ['ignore', out, 'pipe'],
      env,
      // In a session of its own: a Ctrl-C is for us.
      detached: true,
    })
    closeSync(out)
    const callOff = guard(child.pid ?? 0)
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const state = { alive: true, frozen: false, wasReady: false, asked: false }
    const node: ChaosNode = { name, port, adminPort, pid: child.pid ?? 0, child, ended, ...state }
    child.once('exit', (code, signal) => {
      callOff()
      node.alive = false
      this.#tell(node, 'ended', { asked: node.asked, code: code ?? signal ?? 'nothing' })
    })
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.#history.add({ e: 'said', at: Date.now(), node: name, line: line.slice(0, 2_000) })
      })
    }
    this.all.push(node)
    this.#tell(node, 'started')
    void this.#watch(node)
    return node
  }

  async kill(node: ChaosNode): Promise<void> {
    node.asked = true
    node.child.kill('SIGKILL')
    await node.ended
  }

  /** SIGTERM, and SIGKILL for one that has not ended in `patienceMs`; true if it ended by itself. */
  async stop(node: ChaosNode, patienceMs: number): Promise<boolean> {
    node.asked = true
    this.thaw(node)
    node.child.kill('SIGTERM')
    let late = false
    const timer = setTimeout(() => {
      late = true
      node.child.kill('SIGKILL')
    }, patienceMs)
    await node.ended
    clearTimeout(timer)
    return !late
  }

  freeze(node: ChaosNode): void {
    node.frozen = true
    node.child.kill('SIGSTOP')
  }

  thaw(node: ChaosNode): void {
    if (!node.frozen) return
    node.frozen = false
    node.child.kill('SIGCONT')
  }

  async ready(node: ChaosNode): Promise<void> {
    await waitFor(() => node.wasReady || !node.alive, { timeoutMs: readyMs, everyMs: 50 })
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.alive.map((node) => this.stop(node, 15_000)))
  }

  logOf(name: string): string {
    return join(this.#folder, `${name}.log`)
  }

  async #watch(node: ChaosNode): Promise<void> {
    const isReady = async () => {
      if (!node.alive) return true
      const url = `http://127.0.0.1:${node.adminPort}/readyz`
      return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok
    }
    await waitFor(isReady, { timeoutMs: readyMs, everyMs: 50 }).catch(() => undefined)
    if (!node.alive) return
    node.wasReady = true
    this.#tell(node, 'ready')
  }

  #tell(
    node: ChaosNode,
    what: 'started' | 'ready' | 'ended',
    more: { asked?: boolean; code?: number | string } = {},
  ) {
    this.#history.add({ e: 'node', at: Date.now(), node: node.name, pid: node.pid, what, ...more })
  }
}
