// `npm run load:handshakes`: many clients come back at once to two nodes, each with a credential of its own. Decides goal P5.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Child, findLine } from './child.ts'
import { portsIn } from './fan-out/control.ts'
import { cpuTimeOf } from './fan-out/cpu-time.ts'
import { type Crowd, createCrowd, listenersScript } from './fan-out/crowd.ts'
import { startKafka, toPlan } from './fan-out/gateway.ts'
import { tokenPlace } from './fan-out/notes.ts'
import { makeKeys } from './handshakes/keys.ts'
import { commitOf, keep, machine } from './results.ts'
import { onStage, runProgram, type Stage } from './run.ts'

const usage = `npm run load:handshakes -- [options]
  --connections 10000          half of them to each of two nodes
  --rounds 3                   the floor, the gateway with tokens and the gateway with API keys by turns
  --kafka host:port --redis url given ones in place of our own`

const nodes = 2
const goal = 2
const floorScript = join(import.meta.dirname, 'handshakes/floor.ts')
const steps = [`{"hello":{"token":"${tokenPlace}"}}`]

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    kafka: { type: 'string' },
    redis: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const [connections, rounds] = [Number(values.connections), Number(values.rounds)]

type Servers = readonly { readonly child: Child; readonly port: number }[]
/** `cpuUs`: of both servers, for each handshake. A handshake that fails ends the run. */
type Pass = { readonly side: string; readonly seconds: number; readonly cpuUs: number }

const startFloor = (start: Stage['start'], jwksFile: string): Promise<Servers> =>
  Promise.all(
    Array.from({ length: nodes }, async (_, n) => {
      const child = start(`floor-${n}`, [floorScript, jwksFile])
      return { child, port: (await findLine(child, portsIn)).port }
    }),
  )

type Side = { readonly name: string; readonly servers: Servers; readonly tokens: readonly string[] }

async function pass({ name, servers, tokens }: Side, crowds: readonly Crowd[]): Promise<Pass> {
  const plain = { path: '/', steps }
  const greeting = name === 'floor' ? plain : { ...plain, subprotocol: 'openclaw.v1.json' }
  const cpu = (): number => servers.reduce((sum, { child }) => sum + cpuTimeOf(child.pid), 0)
  const share = connections / nodes
  const [cpuBefore, started] = [cpu(), performance.now()]
  await Promise.all(
    servers.map(async ({ port }, n) => {
      const own = tokens.slice(n * share, (n + 1) * share)
      await crowds[n]?.open({ name, port, greeting }, share, own)
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  const cpuUs = (cpu() - cpuBefore) / connections
  await Promise.all(crowds.map((crowd) => crowd.close(name)))
  console.log(
    `${name.padEnd(8)} ${connections} handshakes in ${seconds.toFixed(2)} s, ${cpuUs.toFixed(0)} us CPU each, 0 failed`,
  )
  return { side: name, seconds, cpuUs }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

async function main(signal: AbortSignal, { start, undo }: Stage): Promise<void> {
  const before = { commit: commitOf(), date: new Date().toISOString(), machine: machine() }
  const kafka = await startKafka(toPlan(connections, values), signal)
  undo(() => kafka.stop())
  // Each node has clients of its own: in one process they would wait for each other.
  const crowds = Array.from({ length: nodes }, (_, n) =>
    createCrowd([start(`clients-${n}`, [listenersScript])]),
  )
  const { tokens, jwksFile } = kafka
  const keys = makeKeys(connections)
  const gateways = await kafka.startNodes(nodes, start, keys.records)
  const sides: readonly Side[] = [
    { name: 'floor', servers: await startFloor(start, jwksFile), tokens },
    { name: 'tokens', servers: gateways, tokens },
    { name: 'API keys', servers: gateways, tokens: keys.texts },
  ]
  const passes: Pass[] = []
  for (let round = 0; round <= rounds; round++) {
    for (const side of sides) {
      const done = await pass(side, crowds)
      // The first round warms up.
      if (round > 0) passes.push(done)
    }
  }
  const of = (side: string, what: 'seconds' | 'cpuUs'): number =>
    median(passes.filter((one) => one.side === side).map((one) => one[what]))
  const floor = of('floor', 'seconds')
  for (const [side, what] of [
    ['tokens', 'P5'],
    ['API keys', 'with API keys'],
  ] as const) {
    const [seconds, cpu] = [of(side, 'seconds'), of(side, 'cpuUs') / of('floor', 'cpuUs')]
    const verdict = seconds <= goal * floor ? 'met' : 'NOT met'
    console.log(
      `${what} ${verdict}: ${seconds.toFixed(2)} s, ${(seconds / floor).toFixed(2)}x the floor's ${floor.toFixed(2)} s with tokens (goal ${goal}x); CPU ${cpu.toFixed(2)}x`,
    )
  }
  const result = { ...before, connections, passes }
  console.log(`kept in ${keep(result, 'handshakes')}`)
}

if (values.help || !Number.isInteger(connections / nodes) || !(rounds > 0)) console.log(usage)
else await runProgram((signal) => onStage(signal, (stage) => main(signal, stage)))
