// `npm run load:fan-out`: what one message to many sockets costs the server, against floors and peers, by turns. Decides goal P3.
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { createCrowd, listenersScript, mostListeners } from './fan-out/crowd.ts'
import { startKafka } from './fan-out/gateway.ts'
import { type Level, type LevelDeps, measureLevel } from './fan-out/level.ts'
import { type FanOutOptions, parseFanOutOptions, sideNames } from './fan-out/options.ts'
import { makePeers } from './fan-out/peers.ts'
import { judge, summarize } from './fan-out/summary.ts'
import { toConclusion, toIdle, toTable, toVerdicts } from './fan-out/table.ts'
import { tellProfiles } from './profile-top.ts'
import { commitOf, keep, machine } from './results.ts'
import { runProgram } from './run.ts'
import { quiet } from './summary.ts'

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

const profileTop = 12

/** Listeners are in two processes at least: one alone would be busier than what it measures. */
const processesFor = ({ subscribers, sides }: FanOutOptions): number =>
  Math.max(2, Math.ceil((Math.max(...subscribers) * sides.length) / mostListeners))

type Rig = Omit<LevelDeps, 'options' | 'tell'> & {
  readonly versions: Readonly<Record<string, string>>
  /** Rejects when a process that should run has ended, or the run is interrupted. */
  readonly crashed: Promise<never>
  stop(): Promise<void>
}

/** Starts what all levels share; servers are started for each. */
const startRig = async (options: FanOutOptions, signal: AbortSignal): Promise<Rig> => {
  const undo: (() => unknown)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  const crash = Promise.withResolvers<never>()
  crash.promise.catch(() => undefined)
  signal.addEventListener('abort', () => crash.reject(signal.reason))
  const start = (name: string, args: readonly string[], program?: string): Child => {
    signal.throwIfAborted()
    const isProfiled = options.profile !== undefined && program === undefined
    const profile = isProfiled ? join(options.profile ?? '', name) : undefined
    const plan = { name, args, profile, ...(program === undefined ? {} : { program }) }
    const child = startChild(plan, (sentence) => crash.reject(new Error(sentence)))
    undo.push(() => child.stop())
    return child
  }
  try {
    const wanted = {
      socketIo: options.sides.includes('socket.io'),
      centrifuge: options.sides.includes('centrifuge'),
    }
    const peers = await makePeers(wanted, tell)
    const kafka = options.sides.includes('gateway') ? await startKafka(options, signal) : undefined
    if (kafka !== undefined) undo.push(() => kafka.stop())
    const listeners = Array.from({ length: processesFor(options) }, (_, n) => {
      const plan = { name: `listeners-${n}`, args: [listenersScript] }
      const child = startChild(plan, (sentence) => crash.reject(new Error(sentence)))
      undo.push(() => child.stop())
      return child
    })
    const crowd = createCrowd(listeners)
    const pids = {
      ...crowd.pids,
      load: process.pid,
      ...(kafka?.pid === undefined ? {} : { kafka: kafka.pid }),
    }
    const tokens = kafka?.tokens ?? []
    const { versions } = peers
    return { start, peers, kafka, crowd, pids, tokens, versions, crashed: crash.promise, stop }
  } catch (failure) {
    await stop()
    throw failure
  }
}

const tellResult = (levels: readonly Level[], options: FanOutOptions, since: number): void => {
  const rows = summarize(levels.flatMap(({ passes }) => passes))
  const verdicts = judge(rows)
  console.log(`\n${toTable(rows)}\n\n${levels.map(toIdle).join('\n')}\n\n${toVerdicts(verdicts)}`)
  console.log(`\n${toConclusion(verdicts)}`)
  const others = Math.max(...levels.map((level) => level.others))
  if (others > quiet) console.log(`DOUBTFUL: other programs took ${others.toFixed(1)} cores`)
  if (options.profile === undefined) return
  for (const side of options.sides.filter((name) => name !== 'centrifuge'))
    console.log(`\n${tellProfiles(join(options.profile, side), profileTop, since)}`)
}

const main = async (options: FanOutOptions, signal: AbortSignal): Promise<void> => {
  const before = { commit: commitOf(), date: new Date().toISOString(), machine: machine() }
  tell('getting ready')
  const rig = await startRig(options, signal)
  const levels: Level[] = []
  try {
    for (const subscribers of options.subscribers)
      levels.push(await Promise.race([measureLevel({ ...rig, options, tell }, subscribers), rig.crashed]))
  } finally {
    await rig.stop()
  }
  const summary = summarize(levels.flatMap(({ passes }) => passes))
  const verdicts = judge(summary)
  const result = { ...before, peers: rig.versions, options, summary, verdicts, levels }
  if (options.json) console.log(JSON.stringify(result))
  else tellResult(levels, options, Date.parse(before.date))
  const isWhole = options.sides.length === sideNames.length && options.profile === undefined
  if (isWhole) tell(`kept in ${keep(result, 'fan-out')}`)
}

await runProgram(async (signal) => main(parseFanOutOptions(process.argv.slice(2)), signal))
