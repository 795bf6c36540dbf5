// `npm run load`: the gateway against its floor, in one run, by turns. Decides the goals on round trips (P1) and on inbound CPU (P2).
import { measure, type Pass, type Row } from './measure.ts'
import { type LoadOptions, parseOptions } from './options.ts'
import { commitOf, keep, machine } from './results.ts'
import { type Rig, startRig } from './rig.ts'
import { runProgram } from './run.ts'
import { judge, quiet, summarize } from './summary.ts'
import { toTables, toVerdicts } from './table.ts'

/** Floor and gateway by turns, there and back again, so that what drifts on this machine meets both alike. */
const rowsOf = (options: LoadOptions): Row[] => {
  const { rates, parts, sides, repeats } = options
  const thereAndBack = (rows: readonly Row[]): Row[] => {
    const wanted = rows.filter(({ side }) => sides.includes(side))
    return Array.from({ length: repeats }, () => [...wanted, ...wanted.toReversed()]).flat()
  }
  const roundTrips = rates.map((rate): Row[] => [
    { part: 'round-trip', side: 'floor', answer: 'reply', rate },
    { part: 'round-trip', side: 'gateway', answer: 'reply', rate },
  ])
  const rate = Math.max(...rates)
  const inbound: Row[] = [
    { part: 'inbound', side: 'floor', answer: 'nothing', rate },
    { part: 'inbound', side: 'floor', answer: 'ack', rate },
    { part: 'inbound', side: 'gateway', answer: 'ack', rate },
  ]
  return [...roundTrips, inbound].flatMap(thereAndBack).filter(({ part }) => parts.includes(part))
}

const warmUpRate = 5_000
const warmUpSeconds = 5

/** Both sides run hot before the first pass that counts, so that the lowest rate is not the coldest. */
const warmUp = async (rig: Rig, options: LoadOptions): Promise<void> => {
  const short = { ...options, warmup: 0, seconds: warmUpSeconds }
  for (const side of options.sides) {
    await measure(rig, { part: 'round-trip', side, answer: 'reply', rate: warmUpRate }, short)
  }
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

const describe = ({ part, rate, side, report, cpu, others }: Pass): string => {
  const latency = report.latency
    ? `p50 ${report.latency.p50.toFixed(2)} p99 ${report.latency.p99.toFixed(2)} ms, `
    : ''
  return `${part} ${rate}/s ${side}: ${latency}${cpu.side.toFixed(1)} us CPU, ${report.missing} missing, others ${others.toFixed(2)} cores`
}

/** One pass, or the least disturbed of several. */
const measureQuietly = async (rig: Rig, row: Row, options: LoadOptions): Promise<Pass> => {
  let best = await measure(rig, row, options)
  for (let left = options.retries; best.others > quiet && left > 0; left--) {
    tell(
      `  disturbed by ${best.others.toFixed(2)} cores at best, again: ${row.part} ${row.rate}/s ${row.side}`,
    )
    const again = await measure(rig, row, options)
    if (again.others < best.others) best = again
  }
  return best
}

const run = async (rig: Rig, options: LoadOptions): Promise<Pass[]> => {
  await warmUp(rig, options)
  const passes: Pass[] = []
  for (const row of rowsOf(options)) {
    const pass = await measureQuietly(rig, row, options)
    passes.push(pass)
    tell(describe(pass))
  }
  return passes
}

const main = async (options: LoadOptions, signal: AbortSignal): Promise<void> => {
  const before = { commit: commitOf(), date: new Date().toISOString(), machine: machine() }
  tell('starting Kafka, Redis, backend, floor and gateway')
  const rig = await startRig(options, signal)
  try {
    const passes = await run(rig, options)
    const summary = summarize(passes)
    const verdicts = judge(summary)
    const result = { ...before, options, summary, verdicts, passes }
    if (options.json) console.log(JSON.stringify(result))
    else console.log(`\n${toTables(summary)}\n\n${toVerdicts(verdicts)}`)
    if (verdicts.length > 0 && options.profile === undefined) tell(`kept in ${keep(result)}`)
  } finally {
    await rig.stop()
  }
}

await runProgram(async (signal) => main(parseOptions(process.argv.slice(2)), signal))
