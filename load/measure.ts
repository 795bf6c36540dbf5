// One pass: the generator's order and report, and the CPU that each process took for the measured messages.
import { setTimeout as wait } from 'node:timers/promises'
import { othersBetween, snapshot } from './cpu.ts'
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
  /**
   * Microseconds of CPU per measured message, by process; `side` is the floor or the gateway. Counted until the last one
   * is done with, so that a backlog is not taken for thrift.
   */
  readonly cpu: Readonly<Record<'side' | 'backend' | 'kafka' | 'generator', number>>
  /** Cores that programs which are none of ours took meanwhile: latencies of a busy machine say little. */
  readonly others: number
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
  const { rate } = row
  const pids = {
    side: side.child.pid,
    backend: rig.backend.pid,
    kafka: rig.kafkaPid,
    generator: rig.generator.pid,
  }
  let before = snapshot(pids)
  let after = Promise.resolve(before)
  const sunk = await rig.topics.sunk()
  const order: PassOrder = {
    speaks: row.side,
    url: `${side.url}${pathOf(row)}`,
    tokens: rig.tokens,
    answer: row.answer,
    rate,
    connections,
    warmup,
    seconds,
    size,
  }
  const stored = async () =>
    row.part === 'inbound' ? storedSince(rig, sunk, rate * (warmup + seconds)) : undefined
  const driving = drive(rig, order, {
    measuring: () => void (before = snapshot(pids)),
    measured: () => void (after = stored().then(() => snapshot(pids))),
  })
  const report = await Promise.race([driving, rig.crashed])
  const end = await after
  const perMessage = (name: string) => ((end.of[name] ?? NaN) - (before.of[name] ?? NaN)) / report.measured
  return {
    ...row,
    report,
    cpu: {
      side: perMessage('side'),
      backend: perMessage('backend'),
      kafka: perMessage('kafka'),
      generator: perMessage('generator'),
    },
    others: othersBetween(before, end),
    stored: await stored(),
  }
}
