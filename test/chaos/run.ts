// The chaos run: gateways, clients and a backend under load, faults from a seed, then quiet and a judgement of everything.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../simulation/random.ts'
import { slotsSettled } from '../support/fault-logs.ts'
import type { ResumingOptions } from '../support/resuming-client.ts'
import { waitFor } from '../support/wait.ts'
import { ChaosBackend } from './backend.ts'
import type { ChaosClient } from './chaos-client.ts'
import { check } from './check/check.ts'
import { Fleet, plainClient } from './fleet.ts'
import { History, readHistory } from './history.ts'
import { readLogs } from './logs.ts'
import { Nodes } from './nodes.ts'
import { limits, type Options, readOptions, times, usage } from './options.ts'
import { waitForQuiet } from './quiet.ts'
import { lookAtRegistry } from './registry.ts'
import { createScope, type Scope } from './scope.ts'
import { SdkClient } from './sdk-client.ts'
import { printVerdict } from './verdict.ts'
import { makeWeather } from './weather.ts'
import { createGround } from './world.ts'

const settledMs = 30_000

const began = Date.now()
const say = (line: string): void => {
  process.stdout.write(`${((Date.now() - began) / 1_000).toFixed(1).padStart(7)}  ${line}\n`)
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Answers whether every promise was kept. `over`: no more faults, judge what there is. */
async function run(options: Options, scope: Scope, over: AbortSignal): Promise<boolean> {
  const { seed, minutes, clients, rate, nodes: wanted, only } = options
  const folder = mkdtempSync(join(tmpdir(), `openclaw-chaos-${seed}-`))
  const history = new History(join(folder, 'history.jsonl'))
  say(
    `seed ${seed}, ${minutes} min, ${clients} clients, ${rate} messages/s, ${wanted} nodes; all in ${folder}`,
  )
  const { stack, cluster, slots } = await createGround(scope, wanted)
  const nodes = new Nodes(cluster, folder, history)
  scope.t.after(() => nodes.stopAll())
  const make = options.client === 'sdk' ? (of: ResumingOptions) => new SdkClient(of) : plainClient
  const fleet = new Fleet<ChaosClient>(clients, nodes, history, createRandom(seed + 1), make)
  const backend = new ChaosBackend(cluster, fleet.cast, history, createRandom(seed + 2))
  scope.t.after(() => backend.stop())
  for (let n = 0; n < wanted; n += 1) await nodes.start()
  await Promise.all([backend.start(), ...nodes.all.map((node) => nodes.ready(node))])
  if (nodes.alive.length < wanted) throw new Error(`a node did not start; its words are in ${history.path}`)
  scope.t.after(() => fleet.stop())
  fleet.start()
  await waitFor(() => fleet.clients.every(({ welcomed }) => welcomed), { timeoutMs: 30_000, everyMs: 20 })
  say('all clients are welcome')

  // Of all messages two fifths are frames of clients, as many are answers to them, the rest is pushed.
  fleet.load(rate * 0.4)
  backend.push(rate * 0.2)
  const world = { nodes, fleet, stack, history, wanted }
  await makeWeather(world, { seed, only, forMs: minutes * 60_000, tell: say }, over)
  fleet.quiet()
  backend.quiet()
  say('healed; waiting until nothing moves')
  const { receipts, dispatch, quarantine } = cluster.topics
  const { brokers } = stack
  await waitForQuiet({ fleet, backend, brokers, receipts, tell: say })
  for (const [client, { waiting, welcomed }] of fleet.clients.entries())
    history.add({ e: 'rest', at: Date.now(), client, waiting, up: welcomed })
  await lookAtRegistry(stack.redisUrl, cluster.name, fleet, history, times.resumeWindow + times.leaseTtl)
  for (const detail of await slotsSettled(cluster, slots, settledMs))
    history.add({ e: 'unsettled', at: Date.now(), detail })
  fleet.stop()
  await backend.stop()
  await nodes.stopAll()
  gatherWords(folder, history)

  say('reading the logs back')
  const slotTopics = Array.from({ length: slots }, (_, n) => `${cluster.topics.slot}${n}`)
  const events = `${cluster.name}.events`
  const names = { inbound: cluster.echo, slots: slotTopics, dispatch, receipts, events, quarantine }
  await readLogs(brokers, names, (entry) => history.add(entry))
  await history.close()
  const judgement = await check(readHistory(history.path), { cast: fleet.cast, ...limits })
  const { heldBack } = fleet
  await printVerdict(judgement, { seed, history: history.path, began, heldBack, say, print })
  const kept = judgement.violations.length === 0
  if (kept && !options.keep) rmSync(folder, { recursive: true, force: true })
  else say(`history and logs are in ${folder}`)
  return kept
}

/** What gateways logged as an error goes into the history; other lines stay in their files. */
function gatherWords(folder: string, history: History): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (!/"level":(50|60|"error"|"fatal")|uncaught|unhandled/i.test(line)) continue
      history.add({ e: 'said', at: Date.now(), node: file.slice(0, -4), line: line.slice(0, 2_000) })
    }
  }
}

const interrupted = new AbortController()
const scope = createScope()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interrupted.signal.aborted) {
      say('stopping at once')
      void scope.end().finally(() => process.exit(130))
      return
    }
    say('no more faults: healing and judging. Once more to stop at once')
    interrupted.abort()
  })
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) process.stdout.write(usage)
  else process.exitCode = (await run(options, scope, interrupted.signal)) ? 0 : 1
} catch (error) {
  say(error instanceof TypeError ? `${error.message}\n\n${usage}` : String((error as Error).stack))
  process.exitCode = 2
}
await scope.end()
process.exit()
