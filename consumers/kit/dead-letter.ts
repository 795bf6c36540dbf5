// What could not be handled, as it is put aside.
import type { IHeaders } from 'kafkajs'
import type { Counters } from './counters.ts'
import { type KitLog, toText } from './log.ts'
import { type Arrival, type Outgoing, originOf, type Publish } from './record.ts'
import { longestDelayMs, rest } from './within.ts'

type Burial = {
  readonly options: { readonly deadLetterTopic?: string | false; readonly retryDelayMs?: number }
  readonly publish: Publish
  readonly log: KitLog
  readonly counters: Counters
  readonly signal: AbortSignal
}

/** A dead letter is the record as it was, and why it is one. */
export function toDeadLetter(arrival: Arrival, topic: string, attempts: number, thrown: unknown): Outgoing {
  const reason: IHeaders = {
    dead_reason: toText(thrown),
    dead_origin: originOf(arrival),
    dead_attempts: String(attempts),
    dead_time: new Date().toISOString(),
  }
  const { key, value, headers } = arrival.message
  return { topic, key, value, headers: { ...headers, ...reason } }
}

/** Nothing is passed that is not put aside: as long as the dead letters cannot be written, this goes on trying. */
export async function bury(
  arrival: Arrival,
  context: Burial,
  attempts: number,
  thrown: unknown,
): Promise<boolean> {
  const { options, publish, log, signal, counters } = context
  const { deadLetterTopic: topic = `${arrival.topic}.dead`, retryDelayMs = 100 } = options
  const record = originOf(arrival)
  if (topic === false) {
    counters.dead += 1
    return true
  }
  for (let delay = retryDelayMs; ; delay = Math.min(longestDelayMs, delay * 2)) {
    try {
      await publish(toDeadLetter(arrival, topic, attempts, thrown))
      counters.dead += 1
      log.warn({ record, topic }, 'a record was put with the dead letters')
      return true
    } catch (failed) {
      log.warn({ record, topic, failure: toText(failed) }, 'a dead letter could not be written; trying on')
    }
    if (!(await rest(delay, signal))) return false
  }
}
