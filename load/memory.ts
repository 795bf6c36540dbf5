// `npm run load:memory`: what an idle connection holds of the server's memory, with and without subscriptions. Decides goal P4.
import { parseArgs } from 'node:util'
import { createCrowd, listenersScript } from './fan-out/crowd.ts'
import { startKafka, toPlan } from './fan-out/gateway.ts'
import { type IdleSide, type Memory, startBare, startGateway } from './memory/side.ts'
import { commitOf, keep, machine } from './results.ts'
import { onStage, runProgram, type Stage } from './run.ts'

const usage = `npm run load:memory -- [options]
  --connections 10000          of each server; the first tenth is there before counting begins
  --subscriptions 0,1,10       of each connection to the gateway, a server of its own for each number
  --kafka host:port --redis url given ones in place of our own`

const goalKiB = 10
const kib = 1024
const listenerProcesses = 2

type Row = {
  readonly name: string
  readonly connections: number
  /** KiB for each connection. `live`: what is left after a collection, in the heap and outside of it. */
  readonly rss: number
  readonly live: number
  readonly heap: number
}

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    subscriptions: { type: 'string', default: '0,1,10' },
    kafka: { type: 'string' },
    redis: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const connections = Number(values.connections)
const subscriptions = values.subscriptions.split(',').map(Number)
const areNumbers = [connections, ...subscriptions].every((n) => Number.isInteger(n) && n >= 0)

const perConnection = (name: string, few: Memory, many: Memory, more: number): Row => {
  const each = (of: (memory: Memory) => number): number => (of(many) - of(few)) / more / kib
  return {
    name,
    connections,
    rss: each(({ rss }) => rss),
    live: each(({ heap, external }) => heap + external),
    heap: each(({ heap }) => heap),
  }
}

async function main(signal: AbortSignal, { start, undo }: Stage): Promise<void> {
  const before = { commit: commitOf(), date: new Date().toISOString(), machine: machine() }
  const kafka = await startKafka(toPlan(connections, values), signal)
  undo(() => kafka.stop())
  const crowd = createCrowd(
    Array.from({ length: listenerProcesses }, (_, n) => start(`listeners-${n}`, [listenersScript])),
  )
  const first = Math.ceil(connections / 10)
  const rows: Row[] = []
  const measure = async (side: IdleSide): Promise<void> => {
    await crowd.open({ ...side, name: 'first' }, first, kafka.tokens)
    const few = await side.memory()
    await crowd.open({ ...side, name: 'rest' }, connections - first, kafka.tokens.slice(first))
    const many = await side.memory()
    const row = perConnection(side.name, few, many, connections - first)
    rows.push(row)
    console.log(
      `${row.name.padEnd(28)} ${connections} idle: rss ${row.rss.toFixed(2)} KiB each, live ${row.live.toFixed(2)} (heap ${row.heap.toFixed(2)})`,
    )
    // One after the other: each is a question to the same processes.
    await crowd.close('first')
    await crowd.close('rest')
    await side.stop()
  }
  await measure(await startBare(start))
  for (const count of subscriptions) await measure(await startGateway(kafka, count, start))
  const idle = rows.find(({ name }) => name.startsWith('gateway'))
  if (idle !== undefined)
    console.log(
      `P4 ${idle.rss <= goalKiB ? 'met' : 'NOT met'}: ${idle.rss.toFixed(2)} KiB of a connection that is authenticated and idle (goal ${goalKiB})`,
    )
  const result = { ...before, rows }
  console.log(`kept in ${keep(result, 'memory')}`)
}

if (values.help || !areNumbers) console.log(usage)
else await runProgram((signal) => onStage(signal, (stage) => main(signal, stage)))
