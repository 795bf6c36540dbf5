// One pass: the generator's order and report, and the CPU that each process took in the measured seconds.
import { setTimeout as wait } from 'node:timers/promises'
import { cpuOf } from './cpu.ts'
import type { LoadOptions, Side } from './options.ts'
import type { Answer, GeneratorNote, PassOrder, PassReport } from './pass.ts'
import type { Rig } from './rig.ts'

export type Row = {
  readonly part: 'round-trip' | 'inbound'
  readonly side: Side
  /** What clients are answered. */
  readonly answer: Answer
  readonly rate: number
}

export type Pass = Row & {
  readonly report: PassReport
  /** Microseconds of CPU per message in the measured seconds, by process; `side` is the floor or the gateway. */
  readonly cpu: Readonly<Record<'side' | 'backend' | 'kafka' | 'generator', number>>
  /** Records that Kafka has of an inbound pass. */
  readonly stored: number | undefined
}

/** Resolves with the generator's report; calls `on` at the two edges of the measured seconds. */
const drive = (rig: Rig, order: PassOrder, on: Record<'measuring' | 'measured', () => void>) =>
  new Promise<PassReport>((resolve, reject) => {
    const { process } = rig.generator
    const listen = (note: GeneratorNote): void => {
      if (note.note === 'measuring' || note.note === 'measured') return on[note.note]()
      process.off('message', listen)
      if (note.note === 'report') resolve(note.report)
      else reject(new Error(`generator: ${note.message}`))
    }
    process.on('message', listen)
    process.send(order)
  })

const pathOf = ({ side, part, answer }: Row): string => {
  if (side === 'gateway' || part === 'round-trip') return '/'
  return answer === 'ack' ? '/acked' : '/sink'
}

const storedPatienceMs = 5_000

/** How many records came into the sink since it had `before`; waits for `expected` to be there. */
const storedSince = async ({ topics }: Rig, before: number, expected: number): Promise<number> => {
  const until = performance.now() + storedPatienceMs
  for (;;) {
    const stored = (await topics.sunk()) - before
    if (stored >= expected || performance.now() > until) return stored
    await wait(50)
  }
}

/** Carries out one pass of a row. Rejects if a process ends or a connection cannot be opened. */
export const measure = async (rig: Rig, row: Row, options: LoadOptions): Promise<Pass> => {
  const side = rig.sides.get(row.side)
  if (side === undefined) throw new Error(`${row.side} was not started`)
  const { warmup, seconds, size, connections } = options
  const pids = {
    side: side.child.pid,
    backend: rig.backend.pid,
    kafka: rig.kafkaPid,
    generator: rig.generator.pid,
  }
  const cpuNow = () => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuOf(pid)]))
  let before = cpuNow()
  let after = before
  const sunk = await rig.topics.sunk()
  const order: PassOrder = {
    speaks: row.side,
    url: `${side.url}${pathOf(row)}`,
    tokens: rig.tokens,
    answer: row.answer,
    rate: row.rate,
    connections,
    warmup,
    seconds,
    size,
  }
  const driving = drive(rig, order, {
    measuring: () => void (before = cpuNow()),
    measured: () => void (after = cpuNow()),
  })
  const report = await Promise.race([driving, rig.crashed])
  const perMessage = (name: string) => ((after[name] ?? NaN) - (before[name] ?? NaN)) / report.measured
  return {
    ...row,
    report,
    cpu: {
      side: perMessage('side'),
      backend: perMessage('backend'),
      kafka: perMessage('kafka'),
      generator: perMessage('generator'),
    },
    stored: row.part === 'inbound' ? await storedSince(rig, sunk, report.sent) : undefined,
  }
}
