// The process that makes the load: takes the order for a pass, carries it out, and reports.
import { setTimeout as wait } from 'node:timers/promises'
import { openClients } from './clients.ts'
import type { GeneratorNote, PassOrder, PassReport } from './pass.ts'
import { dueAt, follow } from './schedule.ts'
import { Tally } from './tally.ts'

/** Milliseconds for the last answers to come. */
const patience = 10_000
const beforeStart = 50

const tell = (note: GeneratorNote): void => void process.send?.(note)

const carryOut = async (order: PassOrder): Promise<PassReport> => {
  const from = Math.round(order.rate * order.warmup)
  const count = from + Math.round(order.rate * order.seconds)
  let schedule = { count, rate: order.rate, start: 0 }
  const tally = new Tally(count, from, (message) => dueAt(schedule, message))
  const clients = await openClients(order, {
    answered: (message) => tally.answer(message, performance.now()),
    refused: () => void tally.refused++,
  })
  schedule = { ...schedule, start: performance.now() + beforeStart }
  await follow(schedule, (message, now) => {
    if (message === from) tell({ note: 'measuring' })
    tally.sending(message, now)
    clients.send(message)
  })
  const expected = order.answer === 'nothing' ? 0 : count
  const until = performance.now() + patience
  while (tally.answered + tally.refused < expected && performance.now() < until) await wait(10)
  tell({ note: 'measured' })
  const { closed } = clients
  await clients.close()
  return {
    sent: tally.sent,
    measured: count - from,
    answered: tally.answered,
    missing: Math.max(0, expected - tally.answered),
    refused: tally.refused,
    repeated: tally.repeated,
    closed,
    latency: tally.latency,
    lateness: tally.lateness,
    tailMs: Math.max(0, tally.lastAnswer - dueAt(schedule, count - 1)),
  }
}

process.on('message', (order: PassOrder) => {
  carryOut(order).then(
    (report) => tell({ note: 'report', report }),
    (failure: unknown) => tell({ note: 'failed', message: String(failure) }),
  )
})
process.on('disconnect', () => process.exit())
