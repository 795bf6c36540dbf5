// Notices when this node no longer hears itself through Kafka although Kafka answers, and says what to do about it. Pure.

/** What is known at one look. Times are ms of one clock that never goes back (`performance.now()`). */
export type WatchFacts = {
  readonly now: number
  /** Asked over a connection that is not one of ours: only then does silence speak against us. */
  readonly kafkaAnswers: boolean
  /** Undefined while there is no slot, whatever the reason. */
  readonly slotHeldSince: number | undefined
  /** When a canary was last handed to the publisher, when Kafka last acknowledged one, when one last came back. */
  readonly canarySentAt: number | undefined
  readonly canaryProducedAt: number | undefined
  readonly canaryReturnedAt: number | undefined
  /** Offset of the record that the reader reads next: while it moves, a canary is only behind a backlog. */
  readonly readerNext?: number | undefined
  /** True while it is we who keep the reader from reading: too much is pending, or it may not serve. */
  readonly readerHeld?: boolean
}

/**
 * `fine` nothing to do now · `restart-reader`, `restart-producer` what makes no progress is made anew · `unready` two
 * restarts have not helped · `exit` nor has time: only a new process can.
 */
export type Decision = 'fine' | 'restart-reader' | 'restart-producer' | 'unready' | 'exit'

/** What is remembered from look to look. Waits are ms without progress while Kafka answered. */
export type Watch = {
  readonly last: WatchFacts | undefined
  readonly producerWait: number
  readonly readerWait: number
  /** Restarts since something last worked; ms that were waited since the first of them. */
  readonly restarts: number
  readonly restartedAt: number
  readonly inVain: number
}

export const unwatched: Watch = {
  last: undefined,
  producerWait: 0,
  readerWait: 0,
  restarts: 0,
  restartedAt: 0,
  inVain: 0,
}

const mostRestarts = 2
/** A canary may be back so many ms before its acknowledgement was handled. */
const raceMs = 1_000
const never = Number.NEGATIVE_INFINITY

/** Something was waited for, and nothing moved, since the look before. */
function waits(last: WatchFacts, facts: WatchFacts): { producer: boolean; reader: boolean } {
  const { slotHeldSince: held, canarySentAt: sent = never } = facts
  const { canaryProducedAt: produced = never, canaryReturnedAt: returned = never } = facts
  // Canaries of an earlier holding may never come back.
  if (held === undefined || held !== last.slotHeldSince || sent < held)
    return { producer: false, reader: false }
  const hasProduced = produced !== (last.canaryProducedAt ?? never) || Math.max(produced, returned) >= sent
  const hasRead = returned !== (last.canaryReturnedAt ?? never) || facts.readerNext !== last.readerNext
  const isBack = returned >= sent || produced < held || produced - returned <= raceMs
  return { producer: !hasProduced, reader: !(hasRead || isBack || facts.readerHeld === true) }
}

/** True when a look must know whether Kafka answers: the probe costs a connection, and mostly all is well. */
export const needsProbe = ({ producerWait, readerWait, restarts, last }: Watch): boolean =>
  producerWait > 0 || readerWait > 0 || restarts > 0 || last?.kafkaAnswers === false

/**
 * One look, about once a second. A restart is due when nothing moved for half of `graceMs`, an exit when two restarts
 * have not helped for twice `graceMs`. While Kafka does not answer everything is forgiven, and time that this process
 * slept through does not count.
 */
export function look(watch: Watch, facts: WatchFacts, graceMs: number): { watch: Watch; decision: Decision } {
  const { last } = watch
  const next = { ...watch, last: facts }
  if (last === undefined || !facts.kafkaAnswers)
    return { watch: { ...unwatched, last: facts }, decision: 'fine' }
  const passed = facts.now - last.now
  const hasSlept = passed > graceMs / 4
  const waiting = waits(last, facts)
  next.producerWait = waiting.producer && !hasSlept ? watch.producerWait + passed : 0
  next.readerWait = waiting.reader && !hasSlept ? watch.readerWait + passed : 0
  if (watch.restarts > 0 && (facts.canaryReturnedAt ?? never) > watch.restartedAt)
    return { watch: { ...next, restarts: 0, inVain: 0 }, decision: 'fine' }
  const isWaiting = next.producerWait > 0 || next.readerWait > 0
  if (watch.restarts > 0 && isWaiting) next.inVain = watch.inVain + passed
  const isLate = Math.max(next.producerWait, next.readerWait) > graceMs / 2
  if (!isLate) return { watch: next, decision: 'fine' }
  if (watch.restarts >= mostRestarts)
    return { watch: next, decision: next.inVain >= 2 * graceMs ? 'exit' : 'unready' }
  // What was not produced cannot be read.
  const decision = next.producerWait > graceMs / 2 ? 'restart-producer' : 'restart-reader'
  const restarted = { restarts: watch.restarts + 1, restartedAt: facts.now }
  return { watch: { ...next, ...restarted, producerWait: 0, readerWait: 0 }, decision }
}
