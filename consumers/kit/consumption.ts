// One consume(): its lanes, what is remembered for them, and its membership of a group.
import { heartbeatMs } from './consumer.ts'
import type { Counters } from './counters.ts'
import { createGate } from './gate.ts'
import { type Context, handle } from './handling.ts'
import { byCount, byRecord } from './lane.ts'
import type { KitLog } from './log.ts'
import { Repeats } from './repeats.ts'
import { Requests } from './requests.ts'
import type { Sending } from './sending.ts'
import type { Source } from './source.ts'
import { Transactions } from './transactions.ts'
import type { Transport } from './transport.ts'
import { Work } from './work.ts'

export type ConsumptionOptions = {
  readonly transport: Transport
  readonly source: Source
  readonly group: string
  readonly handler: Context['handler']
  readonly inBatches: boolean
  readonly sending: Sending
  readonly counters: Counters
  readonly log: KitLog
  readonly signal: AbortSignal
}

export type Consumption = {
  readonly work: Work
  readonly joined: Promise<void>
  readonly ended: Promise<void>
}

const defaults = { concurrency: 16, mostInHand: 500, batch: 100, sessionTimeoutMs: 30_000 }

export function startConsuming(options: ConsumptionOptions): Consumption {
  const { transport, source, group, handler, inBatches, sending, counters, log, signal } = options
  const { concurrency, mostInHand, batch, sessionTimeoutMs } = { ...defaults, ...source }
  const { repeats, transactions: inTransactions = false } = source
  if (inTransactions && inBatches)
    throw new TypeError('transactions: a transaction is a batch already; use consume()')
  const requests = new Requests()
  const context: Context = {
    handler,
    options: source,
    publish: sending.publish,
    topics: sending.topics,
    log,
    counters,
    requests,
    // In a transaction what was handled is not yet done with, and a copy must not be passed for it.
    repeats: repeats === false || inTransactions ? undefined : new Repeats(repeats),
    signal,
  }
  const transactions = new Transactions({
    context,
    ledgerOf: ({ place }) => transport.ledger(group, place, log),
    gate: createGate(concurrency),
  })
  const work = new Work({
    cut: inTransactions || inBatches ? byCount(batch) : byRecord,
    handle: (arrivals, lane) =>
      inTransactions ? transactions.handle(arrivals, lane) : handle(arrivals, lane, context),
    gate: createGate(concurrency),
    stopping: signal,
    mostInHand,
    heartbeatMs,
    commits: !inTransactions,
    onArrived: (arrived) => requests.notice(arrived),
    onLeft: (lane) => void transactions.leave(lane),
  })
  const reading = transport.read({
    group,
    topics: typeof source.topic === 'string' ? [source.topic] : source.topic,
    sessionTimeoutMs,
    log,
    signal,
    onAssigned: (partitions, isSame) => work.onAssigned(partitions, isSame),
    onBatch: (arrived, beat) => work.onBatch(arrived, beat),
    committable: () => work.committable(),
    onCommitted: (offsets) => work.onCommitted(offsets),
    idle: () => work.idle(),
  })
  const joined = reading.then(() => undefined)
  const ended = reading.then(async (member) => {
    await member.ended
    await transactions.close()
  })
  return { work, joined, ended }
}
