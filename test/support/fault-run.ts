// One fault under load: gateway processes, clients and a backend of the chaos runner, judged by its checks when all is settled.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ChaosBackend } from '../chaos/backend.ts'
import { check, type Judgement } from '../chaos/check/check.ts'
import { Fleet, plainClient } from '../chaos/fleet.ts'
import { type Entry, History, readHistory } from '../chaos/history.ts'
import { readLogs } from '../chaos/logs.ts'
import { type ChaosNode, Nodes } from '../chaos/nodes.ts'
import { lookAtRegistry } from '../chaos/registry.ts'
import { createRandom } from '../simulation/random.ts'
import { onEnd } from './cleanup.ts'
import { slotsSettled } from './fault-logs.ts'
import { type Cluster, type ClusterOptions, testCluster } from './gateway.ts'
import type { ResumingClient } from './resuming-client.ts'
import { waitFor } from './wait.ts'

export type FaultRunOptions = ClusterOptions & {
  readonly nodes: number
  readonly clients: number
  readonly slots: number
  readonly seed: number
}

/** What came of a run: the judgement, and everything that happened in order. */
export type Judged = { readonly judgement: Judgement; readonly entries: readonly Entry[] }

export type FaultRun = {
  readonly cluster: Cluster
  readonly nodes: Nodes
  readonly fleet: Fleet<ResumingClient>
  readonly backend: ChaosBackend
  readonly history: History
  /** Frames of all clients that have no answer yet. */
  unanswered(): number
  /** Resolves when every client has a session and every node that should be there is ready. */
  healed(timeoutMs: number): Promise<void>
  /** Stops the load, waits until everything is settled, stops all, reads the logs and judges. */
  judge(): Promise<Judged>
}

const leaseTtl = 3_000
/** Nobody is given up for a slow machine: these faults are not about who stays away. */
const resumeWindow = 60_000
const readyMs = 60_000
const answeredMs = 30_000
const settledMs = 40_000
const registryMs = 20_000
/** The default of the setting: nobody is closed for confirming late. */
const confirmTimeoutMs = 60_000

/** Resolves when all nodes are ready and all clients have a session. */
export async function startFaultRun(t: TestContext, options: FaultRunOptions): Promise<FaultRun> {
  const { nodes: wanted, clients, slots, seed } = options
  const cluster = await testCluster(t, {
    ...options,
    overrides: { heartbeat: 1_000, delivery: { leaseTtl, resumeWindow }, ...options.overrides },
  })
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-fault-'))
  onEnd(t, () => rmSync(folder, { recursive: true, force: true }))
  const history = new History(join(folder, 'history.jsonl'))
  onEnd(t, () => history.close())
  const nodes = new Nodes(cluster, folder, history)
  onEnd(t, () => nodes.stopAll())
  const fleet = new Fleet(clients, nodes, history, createRandom(seed), plainClient)
  const backend = new ChaosBackend(cluster, fleet.cast, history, createRandom(seed + 1))
  onEnd(t, () => backend.stop())
  const first: ChaosNode[] = []
  for (let n = 0; n < wanted; n += 1) first.push(await nodes.start())
  await Promise.all([backend.start(), ...first.map((node) => nodes.ready(node))])
  onEnd(t, () => fleet.stop())
  fleet.start()

  const unanswered = () => fleet.clients.reduce((sum, { waiting }) => sum + waiting, 0)
  // One that has not noticed yet that its node is dead is away, too.
  const isBack = ({ welcomed, socket }: ResumingClient): boolean =>
    welcomed && nodes.alive.some(({ port }) => port === socket.current?.port)
  const away = () => fleet.clients.filter((client) => !isBack(client)).length
  const healed = async (timeoutMs: number): Promise<void> => {
    await waitFor(() => away() === 0 && nodes.alive.every(({ wasReady, asked }) => wasReady || asked), {
      timeoutMs,
      describe: () => `all clients back and all nodes ready; ${away()} clients are away`,
    })
  }
  await healed(readyMs)

  const judge = async (): Promise<Judged> => {
    fleet.quiet()
    backend.quiet()
    // What is not so after all that time is for the judgement to say.
    await waitFor(() => away() === 0 && unanswered() === 0, { timeoutMs: answeredMs }).catch(() => undefined)
    await waitFor(() => backend.waiting === 0, { timeoutMs: answeredMs })
    const unsettled = await slotsSettled(cluster, slots, settledMs)
    for (const [client, { waiting, welcomed }] of fleet.clients.entries())
      history.add({ e: 'rest', at: Date.now(), client, waiting, up: welcomed })
    await lookAtRegistry(cluster.stack.redisUrl, cluster.name, fleet, history, registryMs)
    const stoppedAt = Date.now()
    fleet.stop()
    // Each is told that its session is over, and the gateways tell the rest.
    const open = () => fleet.clients.some(({ socket }) => socket.current !== undefined)
    await waitFor(() => !open(), { timeoutMs: answeredMs }).catch(() => undefined)
    await backend.stop()
    await nodes.stopAll()
    gatherWords(folder, history)
    const { slot, dispatch, receipts, quarantine } = cluster.topics
    const logs = Array.from({ length: slots }, (_, n) => `${slot}${n}`)
    const events = `${cluster.name}.events`
    const names = { inbound: cluster.echo, slots: logs, dispatch, receipts, events, quarantine }
    await readLogs(cluster.stack.brokers, names, (entry) => history.add(entry))
    await history.close()
    const entries = await Array.fromAsync(readHistory(history.path))
    const judgement = await check(entries, {
      cast: fleet.cast,
      gapWithinMs: resumeWindow * 2,
      confirmTimeoutMs,
    })
    const cutOff = sessionsCutOff(entries, stoppedAt)
    const stuck = unsettled.map((detail) => ({ invariant: 'I5', how: 'never settled', detail }) as const)
    const due = judgement.violations.filter(({ how, sessions }) => {
      return how !== 'no final event' || !sessions?.some((session) => cutOff.has(session))
    })
    return { judgement: { ...judgement, violations: [...due, ...stuck] }, entries }
  }
  return { cluster, nodes, fleet, backend, history, unanswered, healed, judge }
}

/** Sessions whose goodbye at the end was not answered: they could still be resumed when the gateways stopped. */
function sessionsCutOff(entries: readonly Entry[], since: number): ReadonlySet<string> {
  const [latest, cutOff] = [new Map<number, string>(), new Set<string>()]
  for (const entry of entries) {
    if (entry.e !== 'client') continue
    if (entry.kind === 'welcome') latest.set(entry.client, entry.session)
    else if (entry.kind === 'closed' && entry.at >= since && entry.code !== 1000)
      cutOff.add(latest.get(entry.client) ?? '')
  }
  return cutOff
}

/** What gateways logged as an error goes into the history. */
function gatherWords(folder: string, history: History): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (!/"level":(50|60|"error"|"fatal")|uncaught|unhandled/i.test(line)) continue
      history.add({ e: 'said', at: Date.now(), node: file.slice(0, -4), line: line.slice(0, 2_000) })
    }
  }
}
